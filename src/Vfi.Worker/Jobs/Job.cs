using System.Globalization;
using Vfi.Pipeline;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;
using Vfi.Worker.Commands;
using Vfi.Worker.Hosting;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Jobs;

/// <summary>A validated job: every option resolved, within the configured limits.</summary>
internal sealed class Job
{
    private readonly JobOptions _options;
    private readonly string _outputContainer;

    private Job(string id, JobRequest request, StorePath source, StorePath? output, JobOptions options, string outputContainer, Rational? ratio, Rational? fps)
    {
        (Id, Request, Source, _options, _outputContainer) = (id, request, source, options, outputContainer);
        (GivenOutput, Ratio, Fps, Fingerprint) = (output, ratio, fps, request.Fingerprint());
    }

    public string Id { get; }

    public JobRequest Request { get; }

    public string Fingerprint { get; }

    public StorePath Source { get; }

    public Rational? Ratio { get; }

    public Rational? Fps { get; }

    /// <summary>Null: as configured.</summary>
    public ScanSource? Scan { get; private init; }

    /// <summary>Null: as configured.</summary>
    public Deinterlacing? Deinterlace { get; private init; }

    /// <summary>Null: as configured.</summary>
    public Repeats? Repeats { get; private init; }

    /// <summary>Null: by the configured pattern, once the extension is known.</summary>
    public StorePath? GivenOutput { get; }

    /// <exception cref="JobRejectedException">Not allowed, or out of the limits; names the key.</exception>
    public static Job Validate(string id, JobRequest request, IVideoStore store, StoreOptions stores, JobOptions options)
    {
        var source = Resolve("video", request.Video, store, stores.Inputs);
        var output = request.Output is null ? null : Resolve("output", request.Output, store, stores.Outputs);
        if (output is not null && Container.Find(output.Name) is null)
            throw Option($"output {output}: no such container format; end it in {string.Join(", ", Container.Extensions.Order())}");
        RequireAllowed("model", request.Model, options.AllowedModels);
        RequireAllowed("encoder", request.Encoder, options.AllowedEncoders);
        RequireAllowed("preset", request.Preset, options.AllowedPresets);
        if (request.Model is { } model && !ModelCatalogue.BuiltIn.Contains(model) && !new ModelCatalogue().Names.Contains(model))
            throw Option($"model {model}: no such model; there are {string.Join(", ", new ModelCatalogue().Names.Concat(ModelCatalogue.BuiltIn))}");
        if (request.Crf is { } crf && (crf < options.MinCrf || crf > options.MaxCrf))
            throw Option($"crf {crf}: must be {options.MinCrf} to {options.MaxCrf}");
        if (request.SceneCut is < 0 or > 1)
            throw Option(string.Create(CultureInfo.InvariantCulture, $"scene_cut {request.SceneCut}: must be 0 (off) to 1"));
        var repeats = request.Repeats is { } most ? Parsed(() => ModelOptions.ParseRepeats(most, "repeats")) : null;
        ScanSource? scan = request.Scan is { } s ? Parsed(() => ModelOptions.ParseScan(s, "scan")) : null;
        Deinterlacing? deinterlace = request.Deinterlace is { } d ? Parsed(() => ModelOptions.ParseDeinterlacing(d, "deinterlace")) : null;
        var ratio = request.InterpRatio is { } r ? Parse(r, "interp_ratio", isRate: false) : null;
        var fps = request.OutFps is { } f ? Parse(f, "out_fps", isRate: true) : null;
        if (ratio is null && fps is null)
        {
            fps = options.OutFps.Length > 0 ? OutputRate.Parse(options.OutFps, "Jobs:OutFps", isRate: true) : null;
            ratio = fps is null ? OutputRate.Parse(options.InterpRatio, "Jobs:InterpRatio", isRate: false) : null;
        }
        if (fps is { } rate && rate.Value > options.MaxFps)
            throw new JobRejectedException(RejectReason.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"out_fps {rate.Value:0.###}: at most {options.MaxFps} is allowed"));
        return new Job(id, request, source, output, options, stores.Outputs[0], ratio, fps)
        {
            Repeats = repeats,
            Scan = scan,
            Deinterlace = deinterlace,
        };
    }

    /// <summary>Where the result goes.</summary>
    /// <param name="extension">With its dot.</param>
    public StorePath Output(string extension)
    {
        if (GivenOutput is not null)
            return GivenOutput;
        var name = Source.FileName;
        var dot = name.LastIndexOf('.');
        var text = _options.Output
            .Replace("{container}", _outputContainer, StringComparison.Ordinal)
            .Replace("{path}", Source.Name[..^name.Length], StringComparison.Ordinal)
            .Replace("{name}", dot > 0 ? name[..dot] : name, StringComparison.Ordinal)
            .Replace("{rate}", Ratio is { } r ? FormattableString.Invariant($"{r.Value:0.###}x") : FormattableString.Invariant($"{Fps!.Value.Value:0.###}fps"), StringComparison.Ordinal)
            .Replace("{id}", Id, StringComparison.Ordinal)
            .Replace("{ext}", extension, StringComparison.Ordinal);
        return StorePath.TryParse(text, out var path, out var problem) ? path
            : throw VfiException.Environment($"Jobs:Output {_options.Output}: makes '{text}', which {problem}");
    }

    /// <param name="input">The local source.</param>
    /// <param name="output">The local result; null: beside the source, in the container that suits the encoder.</param>
    /// <param name="workFolder">For chunks.</param>
    /// <param name="threads">Of each stage.</param>
    /// <param name="stopAfterChunk">Ends the conversion after the chunk at hand.</param>
    public ConversionOptions Conversion(string input, string? output, string workFolder, int threads, CancellationToken stopAfterChunk) => new()
    {
        Input = input,
        AllowPlaylists = false,
        Output = output,
        Ratio = Ratio,
        OutputFps = Fps,
        Model = Request.Model ?? _options.Model,
        Provider = ModelOptions.ParseProvider(_options.Provider),
        MotionSize = ModelOptions.ParseMotionScale(_options.MotionScale),
        Encoder = Request.Encoder ?? _options.Encoder,
        Crf = Request.Crf ?? (Request.Encoder is null ? _options.Crf : null),
        Preset = Request.Preset ?? (Request.Encoder is null ? _options.Preset : null),
        SceneCut = Request.SceneCut ?? _options.SceneCut,
        Repeats = Repeats ?? ModelOptions.ParseRepeats(_options.Repeats, "Jobs:Repeats"),
        Scan = Scan ?? _options.Scan,
        Deinterlace = Deinterlace ?? _options.Deinterlace,
        ChunkSeconds = Rational.TryParse(_options.ChunkSeconds.ToString("0.######", CultureInfo.InvariantCulture), out var seconds) ? seconds : 10,
        HardwareDecoding = _options.HardwareDecoding,
        WorkFolder = workFolder,
        Threads = threads,
        Overwrite = true,
        StopAfterChunk = stopAfterChunk,
    };

    /// <exception cref="JobRejectedException">The source is beyond the limits.</exception>
    public void RequireWithinLimits(ConversionPlan plan)
    {
        string? problem = null;
        if (plan.Duration.Value > _options.MaxSourceSeconds)
            problem = $"video: lasts {plan.Duration.Value:0.#} s; at most {_options.MaxSourceSeconds} s are allowed";
        else if ((long)plan.Width * plan.Height > _options.MaxPixels)
            problem = $"video: has {plan.Width}x{plan.Height} pixels; at most {_options.MaxPixels} are allowed";
        else if (plan.OutputFps.Value > _options.MaxFps)
            problem = $"interp_ratio: would give {plan.OutputFps.Value:0.###} frames per second; at most {_options.MaxFps} are allowed";
        if (problem is not null)
            throw new JobRejectedException(RejectReason.LimitExceeded, problem);
    }

    /// <exception cref="JobRejectedException">The source is beyond the limit.</exception>
    public void RequireWithinLimits(StoreItem source)
    {
        if (source.Length >> 20 >= _options.MaxSourceMegabytes)
            throw new JobRejectedException(RejectReason.LimitExceeded, $"video: has {source.Length >> 20} MB; at most {_options.MaxSourceMegabytes} are allowed");
    }

    private static StorePath Resolve(string key, string text, IVideoStore store, IReadOnlyList<string> allowed)
    {
        if (!store.TryResolve(text, out var path, out var problem))
            throw new JobRejectedException(RejectReason.NotAllowed, $"{key} '{text}': {problem}");
        return allowed.Contains(path!.Container) ? path
            : throw new JobRejectedException(RejectReason.NotAllowed, $"{key} '{text}': the container {path.Container} is not allowed; use {string.Join(", ", allowed)}");
    }

    private static void RequireAllowed(string key, string? value, string[] allowed)
    {
        if (value is not null && allowed.Length > 0 && !allowed.Contains(value))
            throw new JobRejectedException(RejectReason.NotAllowed, $"{key} '{value}': is not allowed; use {string.Join(", ", allowed)}");
    }

    private static Rational? Parse(string text, string key, bool isRate) => Parsed(() => OutputRate.Parse(text, key, isRate));

    private static T Parsed<T>(Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (VfiException e)
        {
            throw Option(e.Message);
        }
    }

    private static JobRejectedException Option(string message) => new(RejectReason.InvalidOption, message);
}
