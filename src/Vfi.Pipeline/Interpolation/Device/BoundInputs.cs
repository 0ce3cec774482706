using Microsoft.ML.OnnxRuntime;

namespace Vfi.Pipeline.Interpolation.Device;

/// <summary>Tensors that stay bound to a graph's inputs.</summary>
internal sealed class BoundInputs(OrtIoBinding binding) : IDisposable
{
    private readonly List<OrtValue> _values = [];

    public void Add<T>(string name, T[] data, params long[] shape) where T : unmanaged
    {
        var value = OrtValue.CreateTensorValueFromMemory(data, shape);
        _values.Add(value);
        binding.BindInput(name, value);
    }

    public void Dispose() => _values.ForEach(v => v.Dispose());
}
