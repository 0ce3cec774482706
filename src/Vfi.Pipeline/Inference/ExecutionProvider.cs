namespace Vfi.Pipeline.Inference;

/// <summary>Where models run.</summary>
public enum ExecutionProvider
{
    /// <summary>The best that works here: TensorRT, then CUDA, then CPU.</summary>
    Auto,
    TensorRt,
    Cuda,
    Cpu,
}
