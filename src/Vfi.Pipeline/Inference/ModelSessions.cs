using System.Collections.Concurrent;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Interpolation.Device;

namespace Vfi.Pipeline.Inference;

/// <summary>
/// Loaded models, each loaded once and shared by all conversions until disposed. Knows the way from the provider that was
/// chosen to one that can be trusted: TensorRT in the asked precision, TensorRT in float32, CUDA, CPU.
/// </summary>
public sealed class ModelSessions : IModelHealth, IDisposable
{
    /// <summary>Operators that must not run elsewhere than asked: they are the work.</summary>
    private static readonly string[] Heavy = ["Conv", "FusedConv", "ConvTranspose", "GridSample", "MatMul", "Resize"];

    private readonly Dictionary<Key, Entry> _entries = [];
    private readonly InferenceOptions _options;
    private readonly IModelLoader _loader;
    private readonly IEngineStore? _engines;
    private string? _problem;
    private long _leases;

    /// <param name="options">The operator's.</param>
    /// <param name="engines">Where engines of other nodes are; null: nowhere.</param>
    public ModelSessions(InferenceOptions options, IEngineStore? engines = null)
        : this(options, new ModelLoader(options), engines)
    {
    }

    internal ModelSessions(InferenceOptions options, IModelLoader loader, IEngineStore? engines = null) => (_options, _loader, _engines) = (options, loader, engines);

    /// <inheritdoc/>
    public string? Problem => Volatile.Read(ref _problem);

    internal InferenceOptions Options => _options;

    /// <summary>Why the graphs around a model, whose runs failed on the GPU, are not tried there again; null: they may be.</summary>
    internal string? GraphsProblem { get; set; }

    /// <summary>Why the graphs around a model are not to be used for frames like these; null: they may be.</summary>
    internal ConcurrentDictionary<(FrameFormat, ViewShape, ExecutionProvider), string?> Verdicts { get; } = new();

    /// <param name="request">What to load.</param>
    /// <param name="asked">What the user asked for: only Auto may end on another provider than chosen.</param>
    /// <param name="chosen">Not Auto.</param>
    /// <param name="note">Told what happens, for people.</param>
    /// <param name="cancellationToken">Ends the waiting; the loading goes on for others that want the same.</param>
    /// <returns>The model, loaded at least until the lease is disposed.</returns>
    /// <exception cref="VfiException">The file cannot be used (bad input); the provider asked for gives no trustworthy results, or
    /// no engine is there and none may be built, or sessions fail again and again (environment). Another call may try again.</exception>
    public Task<ModelLease> OpenAsync(
        ModelRequest request, ExecutionProvider asked, ExecutionProvider chosen, Action<string> note, CancellationToken cancellationToken)
    {
        // Only engines are for one size.
        var (width, height) = chosen == ExecutionProvider.TensorRt ? (request.Width, request.Height) : (0, 0);
        return LeaseAsync(
            new Key(request.Path, asked == ExecutionProvider.Auto, chosen, request.Threads, width, height), () => LoadAsync(request, asked, chosen, note), cancellationToken);
    }

    /// <summary>One of the graphs around a model, on CUDA where the model is on a GPU.</summary>
    internal Task<ModelLease> OpenGraphAsync(string name, ExecutionProvider provider, int threads, CancellationToken cancellationToken)
    {
        var on = provider == ExecutionProvider.Cpu ? provider : ExecutionProvider.Cuda;
        return LeaseAsync(
            new Key(name, false, on, threads, 0, 0), () => Task.Run(() => _loader.LoadGraph(name, DeviceGraphs.Read(name), on, threads)), cancellationToken);
    }

    public void Dispose()
    {
        lock (_entries)
        {
            foreach (var entry in _entries.Values)
                entry.Unload();
            _entries.Clear();
        }
    }

    private async Task<ModelLease> LeaseAsync(Key key, Func<Task<OnnxModel>> load, CancellationToken cancellationToken)
    {
        Entry? entry;
        lock (_entries)
        {
            if (_problem is { } problem)
                throw VfiException.Environment(problem);
            if (!_entries.TryGetValue(key, out entry) || entry.Failure is not null || (_options.RecycleAfterJobs > 0 && entry.Given >= _options.RecycleAfterJobs))
            {
                entry?.Retire();
                _entries[key] = entry = new Entry(load) { IsRebuilt = entry?.Failure is not null };
            }
            entry.Given++;
            entry.Users++;
            entry.LastLease = ++_leases;
            if (key.IsEngine)
                UnloadIdleEngines();
        }
        try
        {
            return new ModelLease(await entry.Model.Value.WaitAsync(cancellationToken).ConfigureAwait(false), () => Return(entry));
        }
        catch (Exception e)
        {
            lock (_entries)
            {
                entry.Users--;
                // What could not be loaded may be there the next time.
                if (e is not OperationCanceledException && _entries.GetValueOrDefault(key) == entry)
                    _entries.Remove(key);
            }
            throw;
        }
    }

    /// <summary>Each engine holds memory of the GPU for its one size, and videos come in many.</summary>
    private void UnloadIdleEngines()
    {
        var engines = _entries.Where(e => e.Key.IsEngine).ToList();
        foreach (var (key, idle) in engines.Where(e => e.Value.Users == 0).OrderBy(e => e.Value.LastLease).Take(Math.Max(0, engines.Count - _options.LoadedEngines)))
        {
            _entries.Remove(key);
            idle.Retire();
        }
    }

    private void Return(Entry entry)
    {
        lock (_entries)
        {
            entry.Users--;
            if (entry.Failure is null)
                entry.IsRebuilt = false;
            else if (entry.IsRebuilt && entry.IsOnGpu)
                _problem = $"a session failed again after it was loaded anew ({entry.Failure}); restart the process, and see vfi doctor --gpu";
            if (entry.Users == 0 && (entry.IsRetired || entry.Failure is not null))
                entry.Unload();
        }
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
        var cache = new EngineCache(_options.EngineFolder, _options.EngineMegabytes << 20, TimeSpan.FromSeconds(_options.EngineWaitSeconds), note, _engines);
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
            note($"{request}: small operators that do not run on the GPU: {string.Join("; ", elsewhere.GroupBy(n => n.Provider, n => n.Operator).Select(g => $"{string.Join(", ", g)} ({g.Key})"))}");
    }

    private static bool Owns(ExecutionProvider provider, string name) => name == provider switch
    {
        ExecutionProvider.TensorRt => "TensorrtExecutionProvider",
        ExecutionProvider.Cuda => "CUDAExecutionProvider",
        _ => "CPUExecutionProvider",
    };

    private readonly record struct Key(string What, bool MayFallBack, ExecutionProvider Provider, int Threads, int Width, int Height)
    {
        /// <summary>For one size.</summary>
        public bool IsEngine => Width > 0;
    }

    /// <summary>A loaded graph; guarded by the lock of all.</summary>
    private sealed class Entry(Func<Task<OnnxModel>> load)
    {
        public Lazy<Task<OnnxModel>> Model { get; } = new(load);

        /// <summary>Leases given in all.</summary>
        public int Given { get; set; }

        /// <summary>When it was last given, in leases of all.</summary>
        public long LastLease { get; set; }

        /// <summary>Leases not yet given back.</summary>
        public int Users { get; set; }

        /// <summary>Loaded in place of one that failed.</summary>
        public bool IsRebuilt { get; set; }

        public bool IsRetired { get; private set; }

        public bool IsOnGpu => Model.Value.GetAwaiter().GetResult().Provider != ExecutionProvider.Cpu;

        public string? Failure => Model is { IsValueCreated: true, Value.IsCompletedSuccessfully: true } ? Model.Value.GetAwaiter().GetResult().Failure : null;

        public void Retire()
        {
            IsRetired = true;
            if (Users == 0)
                Unload();
        }

        /// <summary>Ends the session; one that is still being loaded ends when it is.</summary>
        public void Unload()
        {
            if (Model.IsValueCreated)
                _ = UnloadAsync(Model.Value);
        }

        private static async Task UnloadAsync(Task<OnnxModel> loading)
        {
            await ((Task)loading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (loading.IsCompletedSuccessfully)
                (await loading.ConfigureAwait(false)).Dispose();
        }
    }
}

/// <summary>A loaded model in use; disposing gives it back.</summary>
public sealed class ModelLease(OnnxModel model, Action giveBack) : IDisposable
{
    private int _isGivenBack;

    public OnnxModel Model { get; } = model;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isGivenBack, 1) == 0)
            giveBack();
    }
}
