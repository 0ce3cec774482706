using Microsoft.ML.OnnxRuntime;

namespace Vfi.Pipeline.Inference;

/// <summary>A loaded ONNX graph with fixed names for inputs and outputs. Runs may overlap.</summary>
public sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    /// <param name="path">The ONNX file.</param>
    /// <param name="provider">Not Auto.</param>
    /// <param name="threads">Threads of one inference on the CPU.</param>
    /// <param name="inputs">Names the graph must have.</param>
    /// <param name="outputs">Names the graph must have.</param>
    /// <exception cref="VfiException">Not an ONNX graph, or other inputs and outputs (bad input).</exception>
    public OnnxModel(string path, ExecutionProvider provider, int threads, string[] inputs, string[] outputs)
    {
        (_inputs, _outputs) = (inputs, outputs);
        using var options = ProviderSelection.CreateOptions(provider, threads);
        try
        {
            _session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw VfiException.BadInput($"{path}: ONNX Runtime cannot load this model: {e.Message}", e);
        }
        var missing = inputs.Where(n => !_session.InputMetadata.ContainsKey(n))
            .Concat(outputs.Where(n => !_session.OutputMetadata.ContainsKey(n))).ToList();
        if (missing.Count == 0)
            return;
        _session.Dispose();
        throw VfiException.BadInput($"{path}: the graph lacks {string.Join(", ", missing)}; see the contract of its kind in the README");
    }

    /// <summary>Runs the graph on pinned or managed memory; outputs are written into the given buffers.</summary>
    /// <param name="inputs">Data and shape by the order of the names.</param>
    /// <param name="outputs">Buffers and shape by the order of the names.</param>
    /// <exception cref="VfiException">The run failed, such as for lack of memory (failed).</exception>
    public void Run((float[] Data, long[] Shape)[] inputs, (float[] Data, long[] Shape)[] outputs)
    {
        var values = new List<OrtValue>(inputs.Length + outputs.Length);
        try
        {
            foreach (var (data, shape) in inputs.Concat(outputs))
                values.Add(OrtValue.CreateTensorValueFromMemory(data, shape));
            _session.Run(_runOptions, _inputs, values.Take(inputs.Length).ToArray(), _outputs, values.Skip(inputs.Length).ToArray());
        }
        catch (OnnxRuntimeException e)
        {
            throw VfiException.Failed($"inference failed: {e.Message}", e);
        }
        finally
        {
            values.ForEach(v => v.Dispose());
        }
    }

    public void Dispose()
    {
        _runOptions.Dispose();
        _session.Dispose();
    }
}
