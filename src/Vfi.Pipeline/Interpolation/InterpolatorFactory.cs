using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Makes the interpolator that a model's name stands for.</summary>
public sealed class InterpolatorFactory
{
    private readonly string? _onnxPath;

    private InterpolatorFactory(string name, ModelManifest? manifest, string? onnxPath, ExecutionProvider provider, string? why)
    {
        (Name, Manifest, _onnxPath, Provider, WhyNotBetter) = (name, manifest, onnxPath, provider, why);
    }

    public string Name { get; }

    /// <summary>Null for the built-in baselines.</summary>
    public ModelManifest? Manifest { get; }

    /// <summary>What inference runs on; not Auto.</summary>
    public ExecutionProvider Provider { get; }

    /// <summary>For provider Auto: why not a better one.</summary>
    public string? WhyNotBetter { get; }

    /// <summary>What identifies the model's results.</summary>
    public string Identity => Manifest?.Sha256 ?? Name;

    /// <exception cref="VfiException">Unknown model or wrong hash (bad input); provider not available (environment).</exception>
    public static InterpolatorFactory Open(ModelCatalogue catalogue, string model, ExecutionProvider provider)
    {
        if (ModelCatalogue.BuiltIn.Contains(model))
            return new InterpolatorFactory(model, null, null, ExecutionProvider.Cpu, null);
        var (manifest, path) = catalogue.Open(model);
        var (chosen, why) = ProviderSelection.Choose(provider);
        return new InterpolatorFactory(manifest.Name, manifest, path, chosen, why);
    }

    /// <summary>Makes interpolators that share one loaded model.</summary>
    /// <param name="sessions">Where the model is loaded, or is already; it outlives the interpolators.</param>
    /// <param name="layout">Of the frames.</param>
    /// <param name="colour">Of the frames.</param>
    /// <param name="width">Of the frames.</param>
    /// <param name="height">Of the frames.</param>
    /// <param name="divisor">Full-size pixels a view pixel; null: by the manifest's table.</param>
    /// <param name="threads">Threads for all of them together.</param>
    /// <param name="atOnce">How many; null: what is fastest on the provider.</param>
    public IReadOnlyList<IFrameInterpolator> Create(
        ModelSessions sessions, PixelLayout layout, ColourDescription colour, int width, int height, int? divisor, int threads, int? atOnce = null)
    {
        if (Name == "hold" && Manifest is null)
            return [new HoldInterpolator()];
        // Several inferences of one thread each finish sooner than one after the other on all threads; beyond four,
        // their memory costs more than it brings.
        var count = atOnce ?? Math.Clamp(threads, 1, 4);
        var each = Math.Max(1, threads / count);
        if (Manifest is null)
        {
            var reduced = Math.Max(1, Math.Min(width, height) / 270);
            return [.. Enumerable.Range(0, count).Select(_ => new BlendInterpolator(reduced, each))];
        }
        if (Manifest.Kind == ModelKind.Frame)
        {
            var graph = sessions.Open(_onnxPath!, Provider, each, ["frame0", "frame1", "timestep"], ["frame"]);
            var builder = new ViewBuilder(layout, colour, height, each);
            return [.. Enumerable.Range(0, count).Select(_ => new FrameModelInterpolator(Manifest, graph, builder))];
        }
        var model = sessions.Open(_onnxPath!, Provider, each, ["frame0", "frame1", "timestep"], ["flow", "mask"]);
        var scale = divisor ?? Manifest.DivisorFor(width, height);
        return [.. Enumerable.Range(0, count).Select(_ => new MotionInterpolator(Manifest, model, scale, each, colour))];
    }
}
