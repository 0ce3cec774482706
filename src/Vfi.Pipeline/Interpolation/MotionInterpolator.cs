using System.Numerics;
using System.Runtime.InteropServices;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Models of kind <c>motion</c>: estimates flow and mask on the view, synthesizes on the planes.</summary>
public sealed class MotionInterpolator : IFrameInterpolator
{
    private readonly OnnxModel _model;
    private readonly MotionSynthesis _synthesis;
    private readonly bool _chromaLeft;
    private readonly string _name;
    private readonly OtherFlows? _others;
    private readonly float[] _timestep = new float[1];
    private MotionField? _field;

    /// <param name="name">The model's, for messages.</param>
    /// <param name="model">A graph of kind motion, which several interpolators may share.</param>
    /// <param name="threads">Threads for rows.</param>
    /// <param name="colour">Where chroma lies.</param>
    /// <param name="otherFlows">Whether what other flows lead to is mixed in.</param>
    public MotionInterpolator(string name, OnnxModel model, int threads, ColourDescription colour, bool otherFlows)
    {
        _others = otherFlows ? new OtherFlows(threads) : null;
        _model = model;
        _synthesis = new MotionSynthesis(threads);
        _chromaLeft = colour.IsChromaLeft;
        _name = name;
    }

    /// <exception cref="VfiException">The model failed or gave values that are not finite (failed).</exception>
    public void Interpolate(SourceFrame first, SourceFrame second, float position, VideoFrame target)
    {
        var field = Estimate(first.View!, second.View!, position);
        Synthesize(first.Frame, second.Frame, field, target);
    }

    internal void Synthesize(VideoFrame first, VideoFrame second, MotionField motion, VideoFrame target) =>
        _synthesis.Synthesize(first, second, motion, _chromaLeft, target);

    /// <summary>Flow, mask and other flows between two views; the result is overwritten by the next call.</summary>
    internal MotionField Estimate(ReducedView first, ReducedView second, float position)
    {
        int w = first.Width, h = first.Height;
        if (_field is null || _field.Width != w || _field.Height != h)
            _field = new MotionField(w, h, Pinned(w * h), Pinned(w * h), first.Divisor, _others is null ? null : new float[OtherFlows.Count * 5 * w * h / 4]);
        _timestep[0] = position;
        long[] frame = [1, 3, h, w];
        _model.Run([(first.Rgb, frame), (second.Rgb, frame), (_timestep, [1, 1, 1, 1])], [(_field.Flow, [1, 4, h / 2, w / 2]), (_field.Mask, [1, 1, h, w])]);
        if (!AllFinite(_field.Flow) || !AllFinite(_field.Mask))
            throw NotNumbers(_name);
        _others?.Estimate(first, second, _field);
        return _field;
    }

    internal static VfiException NotNumbers(string model) =>
        VfiException.Failed($"model {model}: the motion holds values that are not numbers; choose another --model or --provider");

    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        // x · 0 is 0 for numbers and NaN for the rest.
        var sum = Vector<float>.Zero;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        foreach (var v in vectors)
            sum += v * 0f;
        var total = Vector.Sum(sum);
        foreach (var v in values[(vectors.Length * Vector<float>.Count)..])
            total += v * 0f;
        return total == 0;
    }

    private static float[] Pinned(int length) => GC.AllocateUninitializedArray<float>(length, pinned: true);
}
