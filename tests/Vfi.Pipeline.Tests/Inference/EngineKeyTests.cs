using Vfi.Pipeline.Inference;

namespace Vfi.Tests.Inference;

public sealed class EngineKeyTests
{
    [Fact]
    public void The_folder_says_what_the_engine_is_for() =>
        Assert.Matches("^motion-s-640x384-fp16-[0-9a-f]{16}$", Key().FolderName);

    [Fact]
    public void Every_difference_that_matters_is_another_engine()
    {
        var device = new DeviceIdentity("Test GPU", "9.0", "101401", "1.29.0");
        EngineKey[] keys =
        [
            Key(),
            Key(height: 512),
            Key(sha256: "b"),
            Key(precision: EnginePrecision.Fp32),
            Key(options: new InferenceOptions { OptimizationLevel = 5 }),
            Key(options: new InferenceOptions { WorkspaceMegabytes = 100 }),
            Key(options: new InferenceOptions { AuxiliaryStreams = 2 }),
            Key(device: device with { Gpu = "Other" }),
            Key(device: device with { ComputeCapability = "8.6" }),
            Key(device: device with { TensorRt = "101500" }),
            Key(device: device with { OnnxRuntime = "1.30.0" }),
        ];
        Assert.Equal(keys.Length, keys.Select(k => k.FolderName).Distinct().Count());
    }

    [Fact]
    public void Where_the_cache_lies_and_which_of_equal_GPUs_is_used_does_not_matter() =>
        Assert.Equal(Key().FolderName, Key(options: new InferenceOptions { EngineFolder = "/elsewhere", Device = 3, EngineMegabytes = 1 }).FolderName);

    internal static EngineKey Key(
        int height = 384, string sha256 = "a", EnginePrecision precision = EnginePrecision.Fp16, InferenceOptions? options = null, DeviceIdentity? device = null) =>
        EngineKey.Of(
            options ?? new InferenceOptions(), new ModelRequest("motion-s", "motion-s.onnx", sha256, 640, height, ["frame0", "frame1", "timestep"], ["flow", "mask"], 1), precision,
            device ?? new DeviceIdentity("Test GPU", "9.0", "101401", "1.29.0"));
}
