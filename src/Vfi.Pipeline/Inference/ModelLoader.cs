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
        if (provider is ExecutionProvider.TensorRt or ExecutionProvider.Cuda)
        {
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(new Dictionary<string, string> { ["device_id"] = $"{options.Device}", ["use_tf32"] = "0", ["cudnn_conv_algo_search"] = "HEURISTIC" });
            session.AppendExecutionProvider_CUDA(cuda);
        }
        return new OnnxModel(request, provider, session);
    }
}
