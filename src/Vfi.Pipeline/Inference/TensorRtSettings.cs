using System.Globalization;

namespace Vfi.Pipeline.Inference;

/// <summary>The options of ONNX Runtime's TensorRT provider, all in one place.</summary>
internal static class TensorRtSettings
{
    /// <summary>What shapes an engine, besides the files' places: part of its key.</summary>
    /// <param name="options">The operator's.</param>
    /// <param name="request">The model and the one shape that the engine is for.</param>
    /// <param name="precision">May differ from the options' after a refusal.</param>
    public static SortedDictionary<string, string> ForEngine(InferenceOptions options, ModelRequest request, EnginePrecision precision)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["trt_fp16_enable"] = precision == EnginePrecision.Fp16 ? "1" : "0",
            ["trt_builder_optimization_level"] = Text(options.OptimizationLevel),
            ["trt_auxiliary_streams"] = Text(options.AuxiliaryStreams),
            ["trt_context_memory_sharing_enable"] = "1",
            // A graph replays fixed addresses; frames come from the caller's memory.
            ["trt_cuda_graph_enable"] = "0",
        };
        if (options.WorkspaceMegabytes > 0)
            settings["trt_max_workspace_size"] = Text(options.WorkspaceMegabytes << 20);
        // One shape an engine: nothing is built or tuned anew while frames wait.
        var shapes = string.Join(',', request.FrameInputs.Select(n => $"{n}:1x{Text(request.Channels)}x{Text(request.Height)}x{Text(request.Width)}"));
        foreach (var name in (string[])["trt_profile_min_shapes", "trt_profile_opt_shapes", "trt_profile_max_shapes"])
            settings[name] = shapes;
        return settings;
    }

    /// <summary>All that the provider is given.</summary>
    /// <param name="options">The operator's.</param>
    /// <param name="request">The model and the shape.</param>
    /// <param name="precision">Of this engine.</param>
    /// <param name="engineFolder">Engines are read from and written to this.</param>
    public static Dictionary<string, string> ForProvider(InferenceOptions options, ModelRequest request, EnginePrecision precision, string engineFolder) =>
        new(ForEngine(options, request, precision))
        {
            ["device_id"] = Text(options.Device),
            ["trt_engine_cache_enable"] = "1",
            ["trt_engine_cache_path"] = engineFolder,
            // Tactics measured once serve every engine of this GPU.
            ["trt_timing_cache_enable"] = "1",
            ["trt_timing_cache_path"] = Path.GetDirectoryName(engineFolder) ?? engineFolder,
        };

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
