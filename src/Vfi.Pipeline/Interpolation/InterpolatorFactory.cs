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

    /// <param name="layout">Of the frames.</param>
    /// <param name="colour">Of the frames.</param>
    /// <param name="width">Of the frames.</param>
    /// <param name="height">Of the frames.</param>
    /// <param name="divisor">Full-size pixels a view pixel; null: by the manifest's table.</param>
    /// <param name="threads">Threads for inference and rows.</param>
    public IFrameInterpolator Create(PixelLayout layout, ColourDescription colour, int width, int height, int? divisor, int threads)
    {
        if (Manifest is null)
            return Name == "hold" ? new HoldInterpolator() : new BlendInterpolator(Math.Max(1, Math.Min(width, height) / 270), threads);
        return Manifest.Kind == ModelKind.Frame
            ? new FrameModelInterpolator(Manifest, _onnxPath!, Provider, threads, layout, colour, height)
            : new MotionInterpolator(Manifest, _onnxPath!, divisor ?? Manifest.DivisorFor(width, height), Provider, threads, colour);
    }
}
