using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Makes the interpolator that a model's name stands for.</summary>
public sealed class InterpolatorFactory
{
    /// <summary>Padded sizes on TensorRT: few engines serve many resolutions, at most 6 % of 1080p is padding.</summary>
    private const int EngineAlignment = 64;

    private readonly string? _onnxPath;
    private readonly ExecutionProvider _asked;

    private InterpolatorFactory(string name, ModelManifest? manifest, string? onnxPath, ExecutionProvider asked, ExecutionProvider provider, string? why)
    {
        (Name, Manifest, _onnxPath, _asked, Provider, WhyNotBetter) = (name, manifest, onnxPath, asked, provider, why);
    }

    public string Name { get; }

    /// <summary>Null for the built-in baselines.</summary>
    public ModelManifest? Manifest { get; }

    /// <summary>What inference is to run on; not Auto.</summary>
    public ExecutionProvider Provider { get; }

    /// <summary>For provider Auto: why not a better one.</summary>
    public string? WhyNotBetter { get; }

    /// <summary>What identifies the model's results.</summary>
    public string Identity => Manifest?.Sha256 ?? Name;

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
    /// <param name="sessions">Where the model is loaded, or is already; it outlives the interpolators.</param>
    /// <param name="format">Of the frames.</param>
    /// <param name="divisor">Full-size pixels a view pixel; null: by the manifest's table.</param>
    /// <param name="threads">Threads for all of them together.</param>
    /// <param name="note">Told what happens to engines, for people.</param>
    /// <param name="cancellationToken">Ends the waiting for an engine.</param>
    /// <param name="atOnce">How many; null: what is fastest on the provider.</param>
    public async Task<InterpolatorSet> CreateAsync(
        ModelSessions sessions, FrameFormat format, int? divisor, int threads, Action<string> note, CancellationToken cancellationToken, int? atOnce = null)
    {
        if (Name == "hold" && Manifest is null)
            return new InterpolatorSet([new HoldInterpolator()], Provider);
        // Several inferences of one thread each finish sooner than one after the other on all threads; beyond four,
        // their memory costs more than it brings.
        var count = atOnce ?? Math.Clamp(threads, 1, 4);
        var each = Math.Max(1, threads / count);
        if (Manifest is null)
        {
            var reduced = Math.Max(1, Math.Min(format.Width, format.Height) / 270);
            return new InterpolatorSet([.. Enumerable.Range(0, count).Select(_ => new BlendInterpolator(reduced, each))], Provider);
        }
        var (model, scale, alignment) = await OpenAsync(sessions, format.Width, format.Height, divisor, each, note, cancellationToken).ConfigureAwait(false);
        var builder = new ViewBuilder(format.Layout, format.Colour, format.Height, each);
        return new InterpolatorSet(
            [.. Enumerable.Range(0, count).Select(_ => ForModel(Name, Manifest.Kind, Manifest.Graph, model, scale, alignment, builder, each, format.Colour))],
            model.Provider);
    }

    /// <summary>Makes the interpolator of a loaded model; see the constructors of both kinds.</summary>
    internal static IFrameInterpolator ForModel(
        string name, ModelKind kind, ModelGraph graph, OnnxModel model, int divisor, int alignment, ViewBuilder builder, int threads, ColourDescription colour) =>
        kind == ModelKind.Frame ? new FrameModelInterpolator(alignment, graph, model, builder)
            : new MotionInterpolator(name, model, divisor, alignment, threads, colour);

    /// <summary>Loads the model for frames of a size, building its engine where the provider needs one.</summary>
    /// <exception cref="VfiException">See <see cref="ModelSessions.OpenAsync"/>; or a built-in, which has no engine (bad input).</exception>
    public async Task<OnnxModel> WarmAsync(ModelSessions sessions, int width, int height, Action<string> note, CancellationToken cancellationToken) => Manifest is null
        ? throw VfiException.BadInput($"--model {Name}: is built in; there is nothing to load")
        : (await OpenAsync(sessions, width, height, null, 1, note, cancellationToken).ConfigureAwait(false)).Model;

    private async Task<(OnnxModel Model, int Divisor, int Alignment)> OpenAsync(
        ModelSessions sessions, int width, int height, int? divisor, int threads, Action<string> note, CancellationToken cancellationToken)
    {
        var scale = divisor ?? Manifest!.DivisorFor(width, height);
        var alignment = Provider == ExecutionProvider.TensorRt ? Math.Max(Manifest!.Alignment, EngineAlignment) : Manifest!.Alignment;
        var view = ReducedView.PaddedSize(width, height, scale, alignment);
        var graph = Manifest.Graph;
        if (graph.Width is { } onlyWidth && graph.Height is { } onlyHeight && view != (onlyWidth, onlyHeight))
            throw VfiException.BadInput($"--model {Name}: takes {onlyWidth}x{onlyHeight} only, and {width}x{height} becomes {view.Width}x{view.Height}; export it with dynamic sizes");
        var outputs = graph.Outputs ?? (Manifest.Kind == ModelKind.Frame ? ["frame"] : ["flow", "mask"]);
        var request = new ModelRequest(Name, _onnxPath!, Manifest.Sha256, view.Width, view.Height, graph.Inputs, outputs, threads)
        {
            Channels = graph.Channels ?? 3,
            Parity = new ParityCheck(Manifest.Kind, graph, view.Width, view.Height).Compare,
        };
        return (await sessions.OpenAsync(request, _asked, Provider, note, cancellationToken).ConfigureAwait(false), scale, alignment);
    }
}

/// <summary>Interpolators that share one model.</summary>
/// <param name="All">At least one.</param>
/// <param name="Provider">What the model really runs on.</param>
public sealed record InterpolatorSet(IReadOnlyList<IFrameInterpolator> All, ExecutionProvider Provider);

/// <summary>What frames are like.</summary>
public sealed record FrameFormat(PixelLayout Layout, ColourDescription Colour, int Width, int Height);
