using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Flows and mask along one row of a plane. Each grid row is stretched to the plane's width once; a plane row is then
/// a blend of two stretched rows. One instance a thread.
/// </summary>
internal sealed class FieldRows
{
    private readonly PlaneMaps _maps;
    private readonly int _width;
    private float[] _flowAbove;
    private float[] _flowBelow;
    private float[] _maskAbove;
    private float[] _maskBelow;
    private int _flowRow = -2;
    private int _maskRow = -2;
    private MotionField _motion = null!;

    public FieldRows(PlaneMaps maps)
    {
        _maps = maps;
        _width = maps.FlowX.Index.Length;
        _flowAbove = new float[(4 + 5 * maps.Others) * _width];
        _flowBelow = new float[(4 + 5 * maps.Others) * _width];
        _maskAbove = new float[_width];
        _maskBelow = new float[_width];
    }

    /// <summary>
    /// Stretched rows above and below the current one, <see cref="Stride"/> apart: the flow's four channels, then five each of the other
    /// flows, their weight last. Flows are in the plane's pixels.
    /// </summary>
    public float[] FlowAbove => _flowAbove;

    public float[] FlowBelow => _flowBelow;

    public float[] MaskAbove => _maskAbove;

    public float[] MaskBelow => _maskBelow;

    /// <summary>From one channel to the next.</summary>
    public int Stride => _width;

    /// <summary>How many other flows there are.</summary>
    public int Others => _maps.Others;

    /// <summary>Weight of the row below.</summary>
    public float FlowWeight { get; private set; }

    public float MaskWeight { get; private set; }

    /// <summary>Starts on another field; comes before <see cref="MoveTo"/>.</summary>
    public void Begin(MotionField motion)
    {
        _motion = motion;
        _flowRow = _maskRow = -2;
    }

    /// <summary>Makes row <paramref name="y"/> of the plane the current one.</summary>
    public void MoveTo(int y)
    {
        FlowWeight = _maps.FlowY.Weight[y];
        MaskWeight = _maps.MaskY.Weight[y];
        var row = _maps.FlowY.Index[y];
        if (row != _flowRow)
        {
            (_flowAbove, _flowBelow) = (_flowBelow, _flowAbove);
            if (row != _flowRow + 1)
                StretchFlow(row, _flowAbove);
            StretchFlow(Math.Min(row + 1, _motion.Height / 2 - 1), _flowBelow);
            _flowRow = row;
        }
        row = _maps.MaskY.Index[y];
        if (row != _maskRow)
        {
            (_maskAbove, _maskBelow) = (_maskBelow, _maskAbove);
            if (row != _maskRow + 1)
                Stretch(_motion.Mask, row * _motion.Width, _motion.Width, _maps.MaskX, 1, _maskAbove);
            Stretch(_motion.Mask, Math.Min(row + 1, _motion.Height - 1) * _motion.Width, _motion.Width, _maps.MaskX, 1, _maskBelow);
            _maskRow = row;
        }
    }

    private void StretchFlow(int row, float[] target)
    {
        int w = _motion.Width / 2, h = _motion.Height / 2;
        Span<float> scales = [_maps.ScaleX, _maps.ScaleY, _maps.ScaleX, _maps.ScaleY, 1];
        for (var c = 0; c < 4; c++)
            Stretch(_motion.Flow, (c * h + row) * w, w, _maps.FlowX, scales[c], target.AsSpan(c * _width, _width));
        for (var c = 0; c < 5 * Others; c++)
            Stretch(_motion.Others!, (c * h + row) * w, w, _maps.FlowX, scales[c % 5], target.AsSpan((4 + c) * _width, _width));
    }

    private static unsafe void Stretch(float[] source, int offset, int length, AxisMap map, float scale, Span<float> target)
    {
        fixed (float* s = &source[offset], w = map.Weight, t = target)
        fixed (int* index = map.Index)
        {
            var i = 0;
            if (Avx2.IsSupported && length > 1)
            {
                var k = Vector256.Create(scale);
                var readable = source.Length - offset;
                for (; i + 8 <= target.Length; i += 8)
                {
                    var at = Vector256.Load(index + i);
                    var from = index[i];
                    Vector256<float> a, b;
                    if (index[i + 7] - from < 8 && index[i + 7] >= from && from + 9 <= readable)
                    {
                        // A coarser grid: eight samples lie between at most eight neighbours, which one load brings.
                        var place = at - Vector256.Create(from);
                        a = Avx2.PermuteVar8x32(Vector256.Load(s + from), place);
                        b = Avx2.PermuteVar8x32(Vector256.Load(s + from + 1), place);
                    }
                    else
                    {
                        a = Avx2.GatherVector256(s, at, 4);
                        b = Avx2.GatherVector256(s + 1, at, 4);
                    }
                    ((a + (b - a) * Vector256.Load(w + i)) * k).Store(t + i);
                }
            }
            var upper = length > 1 ? 1 : 0;
            for (; i < target.Length; i++)
            {
                float a = s[index[i]], b = s[index[i] + upper];
                t[i] = (a + (b - a) * w[i]) * scale;
            }
        }
    }
}
