using System.Diagnostics;
using System.Text.Json;
using Vfi.Pipeline.Inference;

namespace Vfi.Tests.Inference;

/// <summary>Every option that the code can produce, shown to ONNX Runtime's own TensorRT provider.</summary>
public sealed class TensorRtSettingsTests(TensorRtSettingsTests.Provider provider) : IClassFixture<TensorRtSettingsTests.Provider>
{
    [Fact]
    public void The_provider_takes_every_set_of_options_that_can_be_produced()
    {
        var sets =
            from precision in Enum.GetValues<EnginePrecision>()
            from level in Enumerable.Range(0, 6)
            from workspace in (long[])[0, 1, 100_000]
            from streams in (int[])[-1, 0, 4]
            let options = new InferenceOptions { Precision = precision, OptimizationLevel = level, WorkspaceMegabytes = workspace, AuxiliaryStreams = streams, Device = level }
            select TensorRtSettings.ForProvider(options, new ModelRequest("m", "m.onnx", "0", 960, 576, ["frame0", "frame1", "timestep"], ["flow", "mask"], 1), precision, "/cache/an engine");
        Assert.All(sets, s =>
        {
            // The number of GPUs is asked of the CUDA provider, which does not load on stubs.
            Assert.True(s.Remove("device_id"));
            Assert.Equal("ok", provider.Ask(s));
        });
    }

    [Fact]
    public void The_provider_is_the_one_that_tells_wrong_options_from_right_ones()
    {
        Assert.Equal("ok", provider.Ask(new Dictionary<string, string> { ["trt_fp16_enable"] = "1" }));
        Assert.Contains("Unknown provider option", provider.Ask(new Dictionary<string, string> { ["trt_fp17_enable"] = "1" }), StringComparison.Ordinal);
        Assert.Contains("Failed to parse provider option", provider.Ask(new Dictionary<string, string> { ["trt_fp16_enable"] = "maybe" }), StringComparison.Ordinal);
    }

    [Fact]
    public void Half_precision_is_on_only_where_it_is_asked_for()
    {
        var request = new ModelRequest("m", "m.onnx", "0", 960, 576, ["frame0", "frame1", "timestep"], ["flow", "mask"], 1);
        Assert.Equal("1", TensorRtSettings.ForEngine(new InferenceOptions(), request, EnginePrecision.Fp16)["trt_fp16_enable"]);
        Assert.Equal("0", TensorRtSettings.ForEngine(new InferenceOptions(), request, EnginePrecision.Fp32)["trt_fp16_enable"]);
    }

    [Fact]
    public void The_profile_is_one_shape_of_both_frames()
    {
        var request = new ModelRequest("m", "m.onnx", "0", 960, 576, ["frame0", "frame1", "timestep"], ["flow", "mask"], 1);
        var settings = TensorRtSettings.ForEngine(new InferenceOptions(), request, EnginePrecision.Fp16);
        Assert.All((string[])["min", "opt", "max"], k => Assert.Equal("frame0:1x3x576x960,frame1:1x3x576x960", settings[$"trt_profile_{k}_shapes"]));
    }

    /// <summary>The probe process beside the real provider, on stub libraries.</summary>
    public sealed class Provider : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly Process _process;

        public Provider()
        {
            var stubs = Path.Combine(_folder.Path, "stubs");
            StubLibraries.Build(stubs);
            // The runtime looks for providers beside itself.
            var program = Path.Combine(_folder.Path, "probe");
            Directory.CreateDirectory(program);
            var built = Path.Combine(Repository.Root, "tests", "OptionsProbe", "bin", "Release", "net10.0");
            foreach (var file in Directory.GetFiles(built).Concat(Directory.GetFiles(Repository.GpuProviders, "*_providers_shared.so")).Concat(Directory.GetFiles(Repository.GpuProviders, "*_tensorrt.so")))
                File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
            var start = new ProcessStartInfo("dotnet", [Path.Combine(program, "OptionsProbe.dll")]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            start.Environment["LD_LIBRARY_PATH"] = stubs;
            _process = Process.Start(start)!;
        }

        public string Ask(IReadOnlyDictionary<string, string> options)
        {
            _process.StandardInput.WriteLine(JsonSerializer.Serialize(options));
            _process.StandardInput.Flush();
            return _process.StandardOutput.ReadLine() ?? "the process ended";
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(5000))
                _process.Kill();
            _process.Dispose();
            _folder.Dispose();
        }
    }
}
