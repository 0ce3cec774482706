using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Makes the interpolator that a model's name stands for.</summary>
public sealed class InterpolatorFactory
{
    /// <summary>Padded sizes on TensorRT: few engines serve many resolutions, at most 6 % of 1080p is padding.</summary>
    private const int EngineAlignment = 64;

    private readonly string? _onnxPath;
    private readonly ExecutionProvider _asked;

    internal InterpolatorFactory(string name, ModelManifest? manifest, string? onnxPath, ExecutionProvider asked, ExecutionProvider provider, string? why)
    {
        (Name, Manifest, _onnxPath, _asked, Provider, WhyNotBetter) = (name, manifest, onnxPath, asked, provider, why);
    }

    public string Name { get; }

    /// <summary>Null for the built-in baselines.</summary>
    public ModelManifest? Manifest { get; }

    /// <summary>Whether it is the baseline that looks at no pictures and makes no frames.</summary>
    public bool IsHold => Manifest is null && Name == "hold";

    /// <summary>Whether it estimates motion, at a size of its own, rather than making pictures.</summary>
    public bool IsMotion => Manifest?.Kind == ModelKind.Motion;

    /// <summary>What inference is to run on; not Auto.</summary>
    public ExecutionProvider Provider { get; }

    /// <summary>For provider Auto: why not a better one.</summary>
    public string? WhyNotBetter { get; }

    /// <summary>What identifies the model's results.</summary>
    public string Identity(InferenceOptions options) => Manifest is null ? Name
        : Manifest.Sha256 + (options.Overlays ? "" : ", overlays and all") + (!IsMotion ? "" : $"{(options.OtherFlows ? "" : ", its own flow alone")}{(options.Curved ? "" : ", straight")}");

    /// <exception cref="VfiException">Unknown model or wrong hash (bad input); provider not available (environment).</exception>
    public static InterpolatorFactory Open(ModelCatalogue catalogue, string model, ExecutionProvider provider)
    {
        if (ModelCatalogue.BuiltIn.Contains(model))
            return new InterpolatorFactory(model, null, null, ExecutionProvider.Cpu, ExecutionProvider.Cpu, null);
        var (manifest, path) = catalogue.Open(model);
        var (chosen, why) = ProviderSelection.Choose(provider);
        return new InterpolatorFactory(manifest.Name, manifest, path, provider, chosen, why);
    }

    /// <summary>Makes interpolators that share one loaded model.</summary>
    /// <param name="sessions">Where the model is loaded, or is already.</param>
    /// <param name="format">Of the frames.</param>
    /// <param name="settings">What the user chose besides the model.</param>
    /// <param name="note">Told what happens to engines, for people.</param>
    /// <param name="cancellationToken">Ends the waiting for an engine.</param>
    /// <returns>The caller disposes it.</returns>
    public async Task<InterpolatorSet> CreateAsync(
        ModelSessions sessions, FrameFormat format, InterpolationSettings settings, Action<string> note, CancellationToken cancellationToken)
    {
        if (IsHold)
            return new InterpolatorSet([new HoldInterpolator()], Provider);
        var threads = settings.Threads;
        // Several inferences of one thread each finish sooner than one after the other on all threads; beyond four,
        // their memory costs more than it brings.
        var count = settings.AtOnce ?? (Provider == ExecutionProvider.Cpu ? Math.Clamp(threads, 1, 4) : sessions.Options.PairsInFlight);
        if (Manifest is null)
        {
            var reduced = new ViewShape(Math.Max(1, Math.Min(format.Whole.Width, format.Whole.Height) / 270), 1);
            return new InterpolatorSet(
                [.. Enumerable.Range(0, count).Select(_ => new BlendInterpolator(Math.Max(1, threads / count)))], Provider, InterpolatorSet.Views(format, reduced, threads));
        }
        var view = Shape(format, settings.MotionSize);
        ModelLease? lease = await LoadAsync(sessions, format.Width, format.Height, view, Math.Max(1, threads / count), note, cancellationToken).ConfigureAwait(false);
        var path = settings.Synthesis ?? sessions.Options.Synthesis;
        if (path == SynthesisPath.Graph && Manifest.Kind == ModelKind.Frame)
        {
            lease.Dispose();
            throw VfiException.BadInput($"--synthesis graph: model {Name} is of kind frame and makes its pictures itself; use auto or simd");
        }
        var onDevice = path == SynthesisPath.Graph || (path == SynthesisPath.Auto && lease.Model.Provider != ExecutionProvider.Cpu && Manifest.Kind == ModelKind.Motion);
        if (!onDevice)
            return InterpolatorSet.OnHost(Name, Manifest.Kind, Manifest.Graph, lease.Model, format, view, count, threads, MotionRules.Of(sessions.Options), [lease]);
        var provider = lease.Model.Provider;
        var problem = provider == ExecutionProvider.Cpu ? null : sessions.GraphsProblem;
        if (problem is null)
        {
            try
            {
                var set = await InterpolatorSet.OnDeviceAsync(sessions, Name, lease, format, view, count, threads, cancellationToken).ConfigureAwait(false);
                problem = WhyNotTrusted(sessions, set, lease.Model, format, view, threads);
                if (problem is null)
                    return set;
                set.Dispose();
            }
            catch (VfiException e) when (e.Kind == FailureKind.Environment)
            {
                problem = e.Message;
            }
            // The set took the model over.
            lease = null;
        }
        if (path == SynthesisPath.Graph)
        {
            lease?.Dispose();
            throw VfiException.Environment($"--synthesis graph: the graphs cannot be used on {ProviderSelection.Name(provider)}: {problem}; use auto or simd, and see vfi doctor --gpu");
        }
        note($"the graphs around the model are refused on {ProviderSelection.Name(provider)}: {problem}; the CPU makes views and planes");
        lease ??= await LoadAsync(sessions, format.Width, format.Height, view, Math.Max(1, threads / count), note, cancellationToken).ConfigureAwait(false);
        return InterpolatorSet.OnHost(Name, Manifest.Kind, Manifest.Graph, lease.Model, format, view, count, threads, MotionRules.Of(sessions.Options), [lease]);
    }

    /// <summary>Compares the graphs around the model with the CPU's own code, once for each format; the model has its own check.</summary>
    private string? WhyNotTrusted(ModelSessions sessions, InterpolatorSet set, OnnxModel model, FrameFormat format, ViewShape view, int threads)
    {
        if (set.Provider == ExecutionProvider.Cpu)
            return null;
        var key = (format, view, set.Provider);
        if (sessions.Verdicts.TryGetValue(key, out var verdict))
            return verdict;
        using var host = InterpolatorSet.OnHost(Name, Manifest!.Kind, Manifest.Graph, model, format, view, 1, threads, MotionRules.Of(sessions.Options));
        var problem = ParityCheck.Compare(set, host, format, null);
        // Graphs whose runs fail are not loaded again: the CPU does their work, and a worker goes on.
        if (set.HasFailed)
            sessions.GraphsProblem = problem;
        else
            sessions.Verdicts[key] = problem;
        return problem;
    }

    /// <summary>Loads the model for frames of a size, building its engine where the provider needs one.</summary>
    /// <param name="sessions">Where it is loaded, or is already.</param>
    /// <param name="width">Of the frames.</param>
    /// <param name="height">Of the frames.</param>
    /// <param name="size">Of the motion that is estimated.</param>
    /// <param name="note">Told what happens to engines, for people.</param>
    /// <param name="cancellationToken">Ends the waiting for an engine.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="VfiException">See <see cref="ModelSessions.OpenAsync"/>; or a built-in, which has no engine (bad input).</exception>
    public async Task<ModelLease> WarmAsync(
        ModelSessions sessions, int width, int height, MotionSize size, Action<string> note, CancellationToken cancellationToken) => Manifest is null
        ? throw VfiException.BadInput($"--model {Name}: is built in; there is nothing to load")
        : await LoadAsync(sessions, width, height, Shape(width, height, size), 1, note, cancellationToken).ConfigureAwait(false);

    /// <summary>How frames of a size become views on this provider.</summary>
    internal ViewShape Shape(int width, int height, MotionSize size) => new(
        Manifest!.DivisorFor(width, height, size), AlignmentOn(Provider, Manifest.Alignment, Manifest.Graph));

    /// <summary>As the other; where a model is not loaded for every size, pictures without their borders get the whole frames'.</summary>
    internal ViewShape Shape(FrameFormat format, MotionSize size)
    {
        var shape = Shape(format.Whole.Width, format.Whole.Height, size);
        if (Provider != ExecutionProvider.TensorRt && Manifest!.Graph.Width is null)
            return shape;
        var whole = new ReducedViewSize(format.Whole.Width, format.Whole.Height, shape);
        return shape with { LeastWidth = whole.Width, LeastHeight = whole.Height };
    }

    /// <summary>Engines take few sizes that suit the model, too; a graph of one size has no other.</summary>
    internal static int AlignmentOn(ExecutionProvider provider, int alignment, ModelGraph graph)
    {
        if (provider != ExecutionProvider.TensorRt || graph.Width is not null)
            return alignment;
        var (a, b) = (alignment, EngineAlignment);
        while (b != 0)
            (a, b) = (b, a % b);
        return alignment / a * EngineAlignment;
    }

    private async Task<ModelLease> LoadAsync(
        ModelSessions sessions, int width, int height, ViewShape shape, int threads, Action<string> note, CancellationToken cancellationToken)
    {
        var view = new ReducedViewSize(width, height, shape);
        var graph = Manifest!.Graph;
        if (graph.Width is { } onlyWidth && graph.Height is { } onlyHeight && (view.Width, view.Height) != (onlyWidth, onlyHeight))
            throw VfiException.BadInput($"--model {Name}: takes {onlyWidth}x{onlyHeight} only, and {width}x{height} becomes {view.Width}x{view.Height}; export it with dynamic sizes");
        var outputs = graph.Outputs ?? (Manifest.Kind == ModelKind.Frame ? ["frame"] : ["flow", "mask"]);
        var request = new ModelRequest(Name, _onnxPath!, Manifest.Sha256, view.Width, view.Height, graph.Inputs, outputs, threads)
        {
            Channels = graph.Channels ?? 3,
            OutputChannels = ModelGraph.OutputChannels(Manifest.Kind),
            Parity = new ParityCheck(Manifest.Kind, graph, view.Width, view.Height, MotionRules.Of(sessions.Options)).Compare,
        };
        return await sessions.OpenAsync(request, _asked, Provider, note, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>What the user chose about interpolation besides the model.</summary>
public sealed record InterpolationSettings
{
    public MotionSize MotionSize { get; init; } = MotionSize.Auto;

    /// <summary>Threads for all interpolators together.</summary>
    public required int Threads { get; init; }

    /// <summary>Null: as <see cref="InferenceOptions.Synthesis"/> says.</summary>
    public SynthesisPath? Synthesis { get; init; }

    /// <summary>Frames made at once; null: what is fastest on the provider.</summary>
    public int? AtOnce { get; init; }
}
