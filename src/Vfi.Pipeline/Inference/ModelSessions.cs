using System.Collections.Concurrent;

namespace Vfi.Pipeline.Inference;

/// <summary>
/// Loaded models, each loaded once and shared by all conversions until disposed. Knows the way from the provider that was
/// chosen to one that can be trusted: TensorRT in the asked precision, TensorRT in float32, CUDA, CPU.
/// </summary>
public sealed class ModelSessions : IDisposable
{
    /// <summary>Operators that must not run elsewhere than asked: they are the work.</summary>
    private static readonly string[] Heavy = ["Conv", "FusedConv", "ConvTranspose", "GridSample", "MatMul", "Resize"];

    private readonly ConcurrentDictionary<(string Path, ExecutionProvider Provider, int Threads, int Width, int Height), Lazy<Task<OnnxModel>>> _models = new();
    private readonly InferenceOptions _options;
    private readonly IModelLoader _loader;

    public ModelSessions(InferenceOptions options)
        : this(options, new ModelLoader(options))
    {
    }

    internal ModelSessions(InferenceOptions options, IModelLoader loader) => (_options, _loader) = (options, loader);

    /// <param name="request">What to load.</param>
    /// <param name="asked">What the user asked for: only Auto may end on another provider than chosen.</param>
    /// <param name="chosen">Not Auto.</param>
    /// <param name="note">Told what happens, for people.</param>
    /// <param name="cancellationToken">Ends the waiting; the loading goes on for others that want the same.</param>
    /// <exception cref="VfiException">The file cannot be used (bad input); the provider asked for gives no trustworthy results, or
    /// no engine is there and none may be built (environment). Another call may try again.</exception>
    public async Task<OnnxModel> OpenAsync(
        ModelRequest request, ExecutionProvider asked, ExecutionProvider chosen, Action<string> note, CancellationToken cancellationToken)
    {
        // Only engines are for one size.
        var (width, height) = chosen == ExecutionProvider.TensorRt ? (request.Width, request.Height) : (0, 0);
        var key = (request.Path, chosen, request.Threads, width, height);
        var entry = _models.GetOrAdd(key, _ => new Lazy<Task<OnnxModel>>(() => LoadAsync(request, asked, chosen, note)));
        try
        {
            return await entry.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (VfiException)
        {
            _models.TryRemove(new KeyValuePair<(string, ExecutionProvider, int, int, int), Lazy<Task<OnnxModel>>>(key, entry));
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var model in _models.Values.Where(m => m.IsValueCreated && m.Value.IsCompletedSuccessfully))
            model.Value.GetAwaiter().GetResult().Dispose();
        _models.Clear();
    }

    private async Task<OnnxModel> LoadAsync(
        ModelRequest request, ExecutionProvider asked, ExecutionProvider chosen, Action<string> note)
    {
        var refusals = new List<string>();
        foreach (var (provider, precision) in Chain(chosen, asked == ExecutionProvider.Auto))
        {
            try
            {
                return provider switch
                {
                    ExecutionProvider.TensorRt => await OpenEngineAsync(request, precision, note).ConfigureAwait(false),
                    ExecutionProvider.Cuda => EngineCache.Accepted(_loader.Load(request, provider, precision, null), m => Trust(request, m, note)),
                    _ => _loader.Load(request, provider, precision, null),
                };
            }
            catch (EngineRefusedException e)
            {
                refusals.Add($"{ProviderSelection.Name(provider)} {precision.ToString().ToLowerInvariant()}: {e.Message}");
                note($"{request} refused on {refusals[^1]}");
            }
        }
        throw VfiException.Environment(
            $"--provider {ProviderSelection.Name(asked)}: {request} cannot be trusted here ({string.Join("; ", refusals)}); use --provider auto or cpu, and see vfi doctor");
    }

    private IEnumerable<(ExecutionProvider Provider, EnginePrecision Precision)> Chain(ExecutionProvider chosen, bool mayFallBack)
    {
        if (chosen == ExecutionProvider.TensorRt)
        {
            yield return (chosen, _options.Precision);
            if (_options.Precision != EnginePrecision.Fp32)
                yield return (chosen, EnginePrecision.Fp32);
        }
        if (chosen == ExecutionProvider.Cuda || (chosen == ExecutionProvider.TensorRt && mayFallBack))
            yield return (ExecutionProvider.Cuda, EnginePrecision.Fp32);
        if (chosen == ExecutionProvider.Cpu || mayFallBack)
            yield return (ExecutionProvider.Cpu, EnginePrecision.Fp32);
    }

    private async Task<OnnxModel> OpenEngineAsync(ModelRequest request, EnginePrecision precision, Action<string> note)
    {
        var key = EngineKey.Of(_options, request, precision, _loader.Identify());
        var cache = new EngineCache(_options.EngineFolder, _options.EngineMegabytes << 20, TimeSpan.FromSeconds(_options.EngineWaitSeconds), note);
        if (_options.OnEngineMiss != EngineMiss.Build && !cache.Has(key))
        {
            var problem = $"no engine for {key.Width}x{key.Height} in {_options.EngineFolder} (Inference:OnEngineMiss is {_options.OnEngineMiss})";
            throw _options.OnEngineMiss == EngineMiss.Fallback ? new EngineRefusedException(problem)
                : VfiException.Environment($"{problem}; build it with vfi warm");
        }
        return await cache.OpenAsync(
            key, folder => _loader.Load(request, ExecutionProvider.TensorRt, precision, folder), model => Trust(request, model, note), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Compares with the CPU, and sees where the graph's nodes ran.</summary>
    /// <exception cref="EngineRefusedException">Another result, or the work ran elsewhere.</exception>
    private void Trust(ModelRequest request, OnnxModel model, Action<string> note)
    {
        using var reference = _loader.Load(request, ExecutionProvider.Cpu, EnginePrecision.Fp32, null);
        if (request.Parity?.Invoke(model, reference) is { } problem)
            throw new EngineRefusedException(problem);
        var elsewhere = model.EndProfiling().Where(n => !Owns(model.Provider, n.Provider)).ToList();
        if (elsewhere.Find(n => Heavy.Contains(n.Operator)) is { } heavy)
            throw new EngineRefusedException($"{heavy.Operator} runs on {heavy.Provider}");
        if (elsewhere.Count > 0)
            note($"{request}: {string.Join(", ", elsewhere.Select(n => $"{n.Operator} on {n.Provider}"))}");
    }

    private static bool Owns(ExecutionProvider provider, string name) => name == provider switch
    {
        ExecutionProvider.TensorRt => "TensorrtExecutionProvider",
        ExecutionProvider.Cuda => "CUDAExecutionProvider",
        _ => "CPUExecutionProvider",
    };
}
