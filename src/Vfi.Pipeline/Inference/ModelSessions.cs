using System.Collections.Concurrent;

namespace Vfi.Pipeline.Inference;

/// <summary>Loaded models, each loaded once and shared by all conversions until disposed.</summary>
public sealed class ModelSessions : IDisposable
{
    private readonly ConcurrentDictionary<(string Path, ExecutionProvider Provider, int Threads), Lazy<OnnxModel>> _models = new();

    /// <param name="path">The ONNX file.</param>
    /// <param name="provider">Not Auto.</param>
    /// <param name="threads">Threads of one inference on the CPU.</param>
    /// <param name="inputs">Names the graph must have.</param>
    /// <param name="outputs">Names the graph must have.</param>
    /// <exception cref="VfiException">The file cannot be used (bad input); another call may try again.</exception>
    public OnnxModel Open(string path, ExecutionProvider provider, int threads, string[] inputs, string[] outputs)
    {
        var key = (path, provider, threads);
        var entry = _models.GetOrAdd(key, _ => new Lazy<OnnxModel>(() => new OnnxModel(path, provider, threads, inputs, outputs)));
        try
        {
            return entry.Value;
        }
        catch (VfiException)
        {
            _models.TryRemove(new KeyValuePair<(string, ExecutionProvider, int), Lazy<OnnxModel>>(key, entry));
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var model in _models.Values.Where(m => m.IsValueCreated))
            model.Value.Dispose();
        _models.Clear();
    }
}
