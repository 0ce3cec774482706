using Microsoft.ML.OnnxRuntime;

namespace Vfi.Pipeline.Inference;

/// <summary>Makes sessions; the part that needs the hardware.</summary>
internal interface IModelLoader
{
    /// <summary>The GPU that engines would be built for.</summary>
    /// <exception cref="VfiException">There is none (environment).</exception>
    DeviceIdentity Identify();

    /// <param name="request">What to load.</param>
    /// <param name="provider">Not Auto.</param>
    /// <param name="precision">Of an engine.</param>
    /// <param name="engineFolder">For TensorRT: where its engine is or is to be written.</param>
    /// <returns>A session that profiles until <see cref="OnnxModel.EndProfiling"/>, on a GPU.</returns>
    OnnxModel Load(ModelRequest request, ExecutionProvider provider, EnginePrecision precision, string? engineFolder);

    /// <param name="name">For messages.</param>
    /// <param name="graph">An ONNX file's content, in float32.</param>
    /// <param name="provider">Cuda or Cpu.</param>
    /// <param name="threads">Threads of one run on the CPU.</param>
    OnnxModel LoadGraph(string name, byte[] graph, ExecutionProvider provider, int threads);
}

/// <summary>Makes sessions of ONNX Runtime.</summary>
internal sealed class ModelLoader(InferenceOptions options) : IModelLoader
{
    public DeviceIdentity Identify() => NvidiaDevice.Identify(options.Device);

    public OnnxModel Load(ModelRequest request, ExecutionProvider provider, EnginePrecision precision, string? engineFolder)
    {
        using var session = ProviderSelection.CreateOptions(request.Threads);
        if (provider != ExecutionProvider.Cpu)
        {
            session.EnableProfiling = true;
            session.ProfileOutputPathPrefix = Path.Combine(Path.GetTempPath(), $"vfi-profile-{Guid.NewGuid():N}");
        }
        if (provider == ExecutionProvider.TensorRt)
        {
            using var tensorRt = new OrtTensorRTProviderOptions();
            tensorRt.UpdateOptions(TensorRtSettings.ForProvider(options, request, precision, engineFolder!));
            session.AppendExecutionProvider_Tensorrt(tensorRt);
        }
        if (provider != ExecutionProvider.Cpu)
            AppendCuda(session);
        return new OnnxModel(request, provider, session) { RunLimit = Limit(provider) };
    }

    public OnnxModel LoadGraph(string name, byte[] graph, ExecutionProvider provider, int threads)
    {
        using var session = ProviderSelection.CreateOptions(threads);
        if (provider != ExecutionProvider.Cpu)
            AppendCuda(session);
        return new OnnxModel(name, graph, provider, session) { RunLimit = Limit(provider) };
    }

    private TimeSpan? Limit(ExecutionProvider provider) => provider == ExecutionProvider.Cpu ? null : TimeSpan.FromSeconds(options.RunTimeoutSeconds);

    private void AppendCuda(SessionOptions session)
    {
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(new Dictionary<string, string> { ["device_id"] = $"{options.Device}", ["use_tf32"] = "0", ["cudnn_conv_algo_search"] = "HEURISTIC" });
        session.AppendExecutionProvider_CUDA(cuda);
    }
}
