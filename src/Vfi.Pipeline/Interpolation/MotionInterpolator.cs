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
    private readonly MotionPool _pool;
    private readonly MotionCurve _curve;
    private readonly OtherFlows? _others;
    private readonly float[] _timestep = new float[1];
    private float[] _otherFlows = [];
    private float[] _around = [];

    /// <param name="name">The model's, for messages.</param>
    /// <param name="model">A graph of kind motion, which several interpolators may share.</param>
    /// <param name="pool">Shared by all interpolators of a set.</param>
    /// <param name="threads">Threads for rows.</param>
    /// <param name="colour">Where chroma lies.</param>
    /// <param name="otherFlows">Whether what other flows lead to is mixed in.</param>
    internal MotionInterpolator(string name, OnnxModel model, MotionPool pool, int threads, ColourDescription colour, bool otherFlows)
    {
        _others = otherFlows ? new OtherFlows(threads) : null;
        _curve = new MotionCurve(threads);
        _model = model;
        _pool = pool;
        _synthesis = new MotionSynthesis(threads);
        _chromaLeft = colour.IsChromaLeft;
        _name = name;
    }

    /// <exception cref="VfiException">The model failed or gave values that are not finite (failed).</exception>
    public void Interpolate(SourcePair pair, float position, Curve? curve, VideoFrame target)
    {
        // What lies ahead first: then the interpolator of the next frame need not wait for this one.
        var after = curve?.After?.Motion(Estimate);
        using var at = position == pair.MotionPosition ? null : Estimate(pair.First, pair.Second!, position);
        var own = (at ?? pair.Motion(Estimate)).Field;
        using var bent = curve is null ? null : _pool.Rent(own.Width, own.Height, own.Divisor);
        if (bent is not null)
        {
            if (_others is not null && _around.Length != 2 * own.Flow.Length)
                _around = new float[2 * own.Flow.Length];
            _curve.Bend(own, curve!.Before?.Motion(Estimate).Field ?? own, after?.Field ?? own, curve.Times(position), bent.Field, _others is null ? null : _around);
        }
        var motion = WithOthers(pair.First.View!, pair.Second!.View!, bent?.Field ?? own, bent is null ? null : _around);
        Synthesize(pair.First.Picture, pair.Second.Picture, motion, target);
    }

    internal void Synthesize(VideoFrame first, VideoFrame second, MotionField motion, VideoFrame target) =>
        _synthesis.Synthesize(first, second, motion, _chromaLeft, target);

    /// <summary>Flow and mask between two frames, straight; the caller disposes them.</summary>
    internal PooledMotion Estimate(SourceFrame first, SourceFrame second, float position) => Estimate(first.View!, second.View!, position);

    /// <summary>As the other, between two views.</summary>
    internal PooledMotion Estimate(ReducedView first, ReducedView second, float position)
    {
        int w = first.Width, h = first.Height;
        var motion = _pool.Rent(w, h, first.Divisor);
        try
        {
            var field = motion.Field;
            _timestep[0] = position;
            long[] frame = [1, 3, h, w];
            _model.Run([(first.Rgb, frame), (second.Rgb, frame), (_timestep, [1, 1, 1, 1])], [(field.Flow, [1, 4, h / 2, w / 2]), (field.Mask, [1, 1, h, w])]);
            if (!AllFinite(field.Flow) || !AllFinite(field.Mask))
                throw NotNumbers(_name);
            return motion;
        }
        catch
        {
            motion.Dispose();
            throw;
        }
    }

    /// <summary>The field with other flows, where they are wanted; they are overwritten by the next call.</summary>
    internal MotionField WithOthers(ReducedView first, ReducedView second, MotionField field, float[]? around = null)
    {
        if (_others is null)
            return field;
        if (_otherFlows.Length != OtherFlows.Count * 5 * field.Flow.Length / 4)
            _otherFlows = new float[OtherFlows.Count * 5 * field.Flow.Length / 4];
        var result = field with { Others = _otherFlows };
        _others.Estimate(first, second, result, around);
        return result;
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
}
