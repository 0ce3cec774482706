using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace Vfi.Pipeline.Inference;

/// <summary>A loaded ONNX graph with fixed names for inputs and outputs. Runs may overlap.</summary>
public sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    /// <param name="request">File and names.</param>
    /// <param name="provider">What <paramref name="options"/> were made for.</param>
    /// <param name="options">Of the session; the caller disposes them.</param>
    /// <exception cref="VfiException">Not an ONNX graph, or other inputs and outputs (bad input).</exception>
    internal OnnxModel(ModelRequest request, ExecutionProvider provider, SessionOptions options)
    {
        (_inputs, _outputs, Provider) = ([.. request.Inputs], [.. request.Outputs], provider);
        try
        {
            _session = new InferenceSession(request.Path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw VfiException.BadInput($"{request.Path}: ONNX Runtime cannot load this model: {e.Message}", e);
        }
        var missing = _inputs.Where(n => !_session.InputMetadata.ContainsKey(n))
            .Concat(_outputs.Where(n => !_session.OutputMetadata.ContainsKey(n))).ToList();
        if (missing.Count == 0)
            return;
        _session.Dispose();
        throw VfiException.BadInput($"{request.Path}: the graph lacks {string.Join(", ", missing)}; see the contract of its kind in the README");
    }

    public ExecutionProvider Provider { get; }

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

    /// <summary>Which provider ran which operators, for a session made with profiling; ends the profiling.</summary>
    internal IReadOnlyList<NodeRun> EndProfiling()
    {
        var file = _session.EndProfiling();
        try
        {
            using var profile = JsonDocument.Parse(File.ReadAllBytes(file));
            return [.. profile.RootElement.EnumerateArray()
                .Where(e => e.TryGetProperty("args", out var a) && a.TryGetProperty("provider", out _))
                .Select(e => e.GetProperty("args"))
                .Select(a => new NodeRun(a.TryGetProperty("op_name", out var op) ? op.GetString()! : "", a.GetProperty("provider").GetString()!))
                .Distinct()];
        }
        finally
        {
            File.Delete(file);
        }
    }

    public void Dispose()
    {
        _runOptions.Dispose();
        _session.Dispose();
    }
}

/// <param name="Operator">Its ONNX name.</param>
/// <param name="Provider">ONNX Runtime's name of the provider that ran it.</param>
internal sealed record NodeRun(string Operator, string Provider);
