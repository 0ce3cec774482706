using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Vfi.Pipeline.Inference;

/// <summary>Where a provider's tensors lie, and host memory from which it copies fast.</summary>
internal sealed class DeviceMemory : IDisposable
{
    private readonly OrtMemoryInfo? _pinned;
    private readonly OrtAllocator? _allocator;
    private readonly OrtMemoryInfo? _owned;

    /// <param name="model">A session on the provider.</param>
    /// <param name="device">The GPU's number.</param>
    /// <exception cref="VfiException">The provider has no such memory (environment).</exception>
    public DeviceMemory(OnnxModel model, int device)
    {
        Info = OrtMemoryInfo.DefaultInstance;
        if (model.Provider == ExecutionProvider.Cpu)
            return;
        Info = _owned = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, device, OrtMemType.Default);
        _pinned = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA_PINNED, OrtAllocatorType.DeviceAllocator, device, OrtMemType.CpuOutput);
        _allocator = Have(() => model.CreateAllocator(_pinned));
    }

    /// <summary>Where outputs stay that the next graph takes.</summary>
    public OrtMemoryInfo Info { get; }

    /// <summary>A tensor in host memory to copy from: page-locked where the provider has such.</summary>
    /// <exception cref="VfiException">There is not enough (environment).</exception>
    public OrtValue AllocateInput(TensorElementType type, params long[] shape) => Allocate(_allocator ?? OrtAllocator.DefaultInstance, type, shape);

    /// <summary>
    /// A tensor in host memory to copy to. Not page-locked: ONNX Runtime 1.31 fails with an output bound to such memory ("dst_data !=
    /// src_data was false", as in its issue 29713).
    /// </summary>
    /// <exception cref="VfiException">There is not enough (environment).</exception>
    public static OrtValue AllocateOutput(TensorElementType type, params long[] shape) => Allocate(OrtAllocator.DefaultInstance, type, shape);

    public void Dispose()
    {
        _allocator?.Dispose();
        _pinned?.Dispose();
        _owned?.Dispose();
    }

    private static OrtValue Allocate(OrtAllocator allocator, TensorElementType type, long[] shape) =>
        Have(() => OrtValue.CreateAllocatedTensorValue(allocator, type, shape));

    private static T Have<T>(Func<T> allocate)
    {
        try
        {
            return allocate();
        }
        catch (OnnxRuntimeException e)
        {
            throw VfiException.Environment($"no memory for frames on their way to the GPU: {e.Message}", e);
        }
    }
}
