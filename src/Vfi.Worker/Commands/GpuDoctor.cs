using System.Globalization;
using System.Text.Json.Nodes;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Quality;

namespace Vfi.Worker.Commands;

/// <summary>
/// <c>vfi doctor --gpu</c>: driver, GPU and libraries; engines, parity and speed at some resolutions; whole conversions. All of
/// it also as a JSON report.
/// </summary>
/// <param name="output">For people.</param>
/// <param name="inference">The operator's settings.</param>
internal sealed class GpuDoctor(TextWriter output, InferenceOptions inference)
{
    private static readonly int[] InFlight = [1, 2, 3];
    private readonly JsonObject _report = [];
    private readonly JsonArray _problems = [];

    /// <summary>Holds versions, names of devices and libraries, and measurements: nothing that must not be sent along.</summary>
    public JsonObject Report => _report;

    /// <param name="asked">auto, or a provider to be measured.</param>
    /// <param name="model">A model's name.</param>
    /// <param name="sizes">Of frames.</param>
    /// <param name="seconds">For each measurement.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(ExecutionProvider asked, string model, IReadOnlyList<(int Width, int Height)> sizes, double seconds, CancellationToken cancellationToken)
    {
        _report["vfi"] = VideoConverter.Version;
        _report["onnxRuntime"] = OnnxEnvironment.Version;
        _report["date"] = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Inventory();
        var states = ProviderSelection.Probe();
        _report["providers"] = new JsonObject(states.Select(s => KeyValuePair.Create(ProviderSelection.Name(s.Provider), (JsonNode?)JsonValue.Create(s.Reason ?? "works"))));
        foreach (var state in states)
            Line(ProviderSelection.Name(state.Provider), state.Reason is null ? "works" : $"no: {state.Reason}");
        _report["problems"] = _problems;
        if (asked == ExecutionProvider.Auto && states.First(s => s.IsAvailable).Provider == ExecutionProvider.Cpu)
        {
            _problems.Add("no GPU provider works");
            Line("result", "no GPU provider works here; see above for what is missing (--provider cpu measures the CPU)");
            return (int)FailureKind.Environment;
        }
        await MediaAsync(cancellationToken).ConfigureAwait(false);
        var trials = new JsonArray();
        _report["trials"] = trials;
        using var sessions = new ModelSessions(inference);
        foreach (var (width, height) in sizes)
        {
            try
            {
                trials.Add(await TryAsync(sessions, asked, model, width, height, seconds, cancellationToken).ConfigureAwait(false));
            }
            catch (VfiException e)
            {
                Problem($"{width}x{height}: {e.Message}");
            }
        }
        Line("result", _problems.Count == 0 ? "all is well" : $"{_problems.Count} problems");
        return _problems.Count == 0 ? 0 : (int)FailureKind.Failed;
    }

    private void Inventory()
    {
        var gpu = new JsonObject();
        _report["gpu"] = gpu;
        Line("driver", (string?)(gpu["driver"] = GpuInventory.Driver) ?? "none");
        try
        {
            var device = GpuInventory.Identify(inference.Device);
            var memory = GpuInventory.Memory(inference.Device);
            (gpu["name"], gpu["computeCapability"], gpu["tensorRt"], gpu["memoryBytes"]) = (device.Gpu, device.ComputeCapability, device.TensorRt, memory);
            Line("gpu", string.Create(CultureInfo.InvariantCulture, $"{device.Gpu}, compute capability {device.ComputeCapability}, {memory / 1e9:0.0} GB; TensorRT {device.TensorRt ?? "none"}"));
        }
        catch (VfiException e)
        {
            gpu["problem"] = e.Message;
            Line("gpu", "no: " + e.Message);
        }
        var libraries = new JsonArray();
        _report["libraries"] = libraries;
        foreach (var provider in (string[])["cuda", "tensorrt"])
        {
            if (GpuInventory.FindProvider(provider) is null)
                Line("library", $"ONNX Runtime's {provider} provider is not beside the program");
        }
        foreach (var library in GpuInventory.Libraries())
        {
            libraries.Add(new JsonObject
            {
                ["name"] = library.Name,
                ["neededBy"] = new JsonArray([.. library.NeededBy.Select(n => JsonValue.Create(n))]),
                ["version"] = library.Version,
                ["problem"] = library.Problem,
            });
            Line("library", $"{library.Name}: {library.Problem ?? library.Version ?? "found"}");
        }
    }

    /// <summary>Whether the GPU's own decoder and encoders can be used.</summary>
    private async Task MediaAsync(CancellationToken cancellationToken)
    {
        var media = new JsonObject();
        _report["media"] = media;
        foreach (var encoder in Encoder.All.Where(e => e.Name.EndsWith("_nvenc", StringComparison.Ordinal)))
        {
            var reason = await EncoderChoice.ProbeAsync(encoder, cancellationToken).ConfigureAwait(false);
            media[encoder.Name] = reason ?? "works";
            Line(encoder.Name, reason is null ? "works" : $"no: {reason}");
        }
    }

    private async Task<JsonObject> TryAsync(
        ModelSessions sessions, ExecutionProvider asked, string model, int width, int height, double seconds, CancellationToken cancellationToken)
    {
        Line("trial", $"{width}x{height}");
        var catalogue = new ModelCatalogue();
        var trial = new ProviderTrial(InterpolatorFactory.Open(catalogue, model, asked), sessions, n => Line("  note", n)) { Least = TimeSpan.FromSeconds(seconds) };
        var result = await trial.RunAsync(InterpolatorFactory.Open(catalogue, model, ExecutionProvider.Cpu), width, height, InFlight, cancellationToken).ConfigureAwait(false);
        Line("  provider", $"{ProviderSelection.Name(result.Provider)}, {result.Synthesis.ToString().ToLowerInvariant()} synthesis; ready after {Number(result.LoadSeconds)} s");
        foreach (var (pattern, psnr) in result.Parity)
            Line("  parity", double.IsFinite(psnr) ? $"{pattern} {Number(psnr)} dB" : $"{pattern} equal");
        foreach (var (stage, milliseconds) in result.Milliseconds)
            Line("  stage", $"{stage} {Number(milliseconds)} ms ({Number(1000 / milliseconds)} a second)");
        foreach (var (count, speed) in result.FramesPerSecond)
            Line("  whole", $"{Number(speed)} made frames a second, {count} in flight");
        if (result.Problem is { } problem)
            Problem($"{width}x{height}: {problem}");
        var convert = await ConvertAsync(asked, model, width, height, cancellationToken).ConfigureAwait(false);
        return new JsonObject
        {
            ["width"] = width,
            ["height"] = height,
            ["provider"] = ProviderSelection.Name(result.Provider),
            ["synthesis"] = result.Synthesis.ToString().ToLowerInvariant(),
            ["loadSeconds"] = Math.Round(result.LoadSeconds, 3),
            // JSON knows no infinity: equal pictures are null.
            ["parityDb"] = new JsonObject(result.Parity.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)(double.IsFinite(p.Value) ? Math.Round(p.Value, 2) : null)))),
            ["stageMilliseconds"] = new JsonObject(result.Milliseconds.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)Math.Round(p.Value, 3)))),
            ["framesPerSecondInFlight"] = new JsonObject(result.FramesPerSecond.Select(p => KeyValuePair.Create(p.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)Math.Round(p.Value, 2)))),
            ["conversion"] = convert,
        };
    }

    /// <summary>A whole conversion of a drawn clip: decoder, model and encoder together, in hardware where it works.</summary>
    private async Task<JsonObject> ConvertAsync(ExecutionProvider asked, string model, int width, int height, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("vfi-doctor-");
        try
        {
            var input = Path.Combine(folder.FullName, "in.mp4");
            await TestClip.WriteAsync(input, width, height, cancellationToken).ConfigureAwait(false);
            var encoder = (string?)_report["media"]?["h264_nvenc"] == "works" ? "h264_nvenc" : "libx264";
            var options = new ConversionOptions { Input = input, Output = Path.Combine(folder.FullName, "out.mp4"), Model = model, Provider = asked, Encoder = encoder };
            using var converter = new VideoConverter(new ModelCatalogue(), inference);
            var report = await converter.ConvertAsync(options, new SilentObserver(), cancellationToken).ConfigureAwait(false);
            var speed = report.NewFrames / report.Seconds;
            Line("  convert", $"{Number(speed)} output frames a second with {encoder}, start and end of the programs included");
            return new JsonObject { ["encoder"] = encoder, ["framesPerSecond"] = Math.Round(speed, 2), ["frames"] = report.NewFrames };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private void Problem(string text)
    {
        _problems.Add(text);
        Line("  problem", text);
    }

    private void Line(string what, string state) => output.WriteLine($"{what,-14} {state}");

    private static string Number(double value) => value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private sealed class SilentObserver : IConversionObserver
    {
        public void Planned(ConversionPlan plan)
        {
        }

        public void Note(string text)
        {
        }

        public void Progress(long frames)
        {
        }

        public void Phase(string text)
        {
        }
    }
}
