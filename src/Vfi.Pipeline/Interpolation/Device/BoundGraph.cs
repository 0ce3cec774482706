using Microsoft.ML.OnnxRuntime;
using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation.Device;

/// <summary>A graph whose outputs stay on the device. Used by one thread at a time.</summary>
/// <param name="model">Which several may share.</param>
/// <param name="memory">Of its provider.</param>
internal sealed class BoundGraph(OnnxModel model, DeviceMemory memory) : IDisposable
{
    private readonly OrtIoBinding _binding = model.CreateBinding();

    /// <summary>Runs the graph on tensors.</summary>
    /// <returns>The outputs in the order asked for; the caller disposes them.</returns>
    /// <exception cref="VfiException">It failed (failed).</exception>
    public IDisposableReadOnlyCollection<OrtValue> Run(IReadOnlyList<(string Name, OrtValue Value)> inputs, IReadOnlyList<string> outputs)
    {
        model.Run(_binding, () =>
        {
            foreach (var (name, value) in inputs)
                _binding.BindInput(name, value);
            foreach (var name in outputs)
                _binding.BindOutputToDevice(name, memory.Info);
        });
        var values = _binding.GetOutputValues();
        _binding.ClearBoundOutputs();
        return values;
    }

    public void Dispose() => _binding.Dispose();
}
