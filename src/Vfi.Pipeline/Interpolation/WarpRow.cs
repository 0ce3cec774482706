using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Vfi.Pipeline.Interpolation;

/// <summary>One row of planes of one geometry for <see cref="MotionSynthesis"/>: an AVX2 path with gathers, and a scalar path with the same result.</summary>
/// <remarks>Both paths do the same single-precision operations in the same order, without fused multiply-add.</remarks>
internal static unsafe class WarpRow
{
    public static bool IsVectorised => Avx2.IsSupported;

    /// <typeparam name="T">byte or ushort.</typeparam>
    /// <param name="planes">Sources and targets.</param>
    /// <param name="width">Of the planes.</param>
    /// <param name="height">Of the planes.</param>
    /// <param name="maximum">The largest sample value: sharp edges overshoot.</param>
    /// <param name="y">The row.</param>
    /// <param name="rows">Flows and mask along it.</param>
    /// <param name="scalar">Without vectors.</param>
    public static void Run<T>(WarpPlane[] planes, int width, int height, int maximum, int y, FieldRows rows, bool scalar) where T : unmanaged
    {
        fixed (float* flowAbove = rows.FlowAbove, flowBelow = rows.FlowBelow, maskAbove = rows.MaskAbove, maskBelow = rows.MaskBelow)
        {
            ReadOnlySpan<WarpPlane> set = planes;
            var field = new Row(flowAbove, flowBelow, maskAbove, maskBelow, rows.FlowWeight, rows.MaskWeight, rows.Stride, rows.Others);
            var warp = new CubicWarp8<T>(width, height, y);
            var most = Vector256.Create((float)maximum);
            var made = stackalloc Vector256<float>[2 * planes.Length];
            var row = (long)y * width;
            for (var x = 0; x < width; x += 8)
            {
                var end = Math.Min(x + 8, width);
                if (!scalar && end == x + 8)
                {
                    var m = field.Mask8(x);
                    var flow = field.Flow8(x, 0);
                    var doubtful = field.Others != 0 && field.HasOthers8(x);
                    if (!doubtful && flow.IsZero)
                    {
                        // Nothing moves here: plain loads, a fraction of the time.
                        foreach (ref readonly var plane in set)
                        {
                            var v0 = Samples8<T>.Load((T*)plane.First.Data + row + x);
                            var v1 = Samples8<T>.Load((T*)plane.Second.Data + row + x);
                            Samples8<T>.Store(v1 + (v0 - v1) * m, (T*)plane.Target.Data + row + x);
                        }
                        continue;
                    }
                    if (Sample8(set, warp, x, flow, m, made) && (!doubtful || AddOthers8(set, warp, field, x, m, made)))
                    {
                        for (var p = 0; p < set.Length; p++)
                            Samples8<T>.Store(Avx.Min(Avx.Max(made[p], Vector256<float>.Zero), most), (T*)set[p].Target.Data + row + x);
                        continue;
                    }
                }
                // What is left over at the row's end, and what reaches beyond the picture.
                for (var i = x; i < end; i++)
                {
                    var m = field.Mask(i);
                    foreach (ref readonly var plane in set)
                    {
                        var flow = Sample<T>(plane, width, height, field, i, y, 0, m);
                        var sum = flow;
                        for (var k = 0; k < field.Others; k++)
                        {
                            var weight = field.Flow(i, Row.Weight(k));
                            if (weight != 0)
                                sum += (Sample<T>(plane, width, height, field, i, y, Row.Other(k), m) - flow) * weight;
                        }
                        var v = (int)(MathF.Min(MathF.Max(sum, 0), maximum) + 0.5f);
                        if (typeof(T) == typeof(byte))
                            plane.Target.Data[row + i] = (byte)v;
                        else
                            ((ushort*)plane.Target.Data)[row + i] = (ushort)v;
                    }
                }
            }
        }
    }

    /// <summary>Eight samples of each plane along a flow.</summary>
    /// <returns>Whether all that they come from is inside of the planes.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Sample8<T>(
        ReadOnlySpan<WarpPlane> planes, in CubicWarp8<T> warp, int x, in Flow8 flow, Vector256<float> mask, Vector256<float>* made) where T : unmanaged
    {
        if (!warp.Locate(x, flow.X0, flow.Y0, out var from0) || !warp.Locate(x, flow.X1, flow.Y1, out var from1))
            return false;
        for (var p = 0; p < planes.Length; p++)
        {
            var v0 = warp.Sample((T*)planes[p].First.Data, from0);
            var v1 = warp.Sample((T*)planes[p].Second.Data, from1);
            made[p] = v1 + (v0 - v1) * mask;
        }
        return true;
    }

    /// <summary>Adds to what the flow led to (<paramref name="made"/>, room for twice as many) how the other flows' pictures differ, by their weights.</summary>
    private static bool AddOthers8<T>(
        ReadOnlySpan<WarpPlane> planes, in CubicWarp8<T> warp, in Row field, int x, Vector256<float> mask, Vector256<float>* made) where T : unmanaged
    {
        var flow = made + planes.Length;
        new ReadOnlySpan<Vector256<float>>(made, planes.Length).CopyTo(new Span<Vector256<float>>(flow, planes.Length));
        var other = stackalloc Vector256<float>[planes.Length];
        for (var k = 0; k < field.Others; k++)
        {
            var weight = field.Channel8(x, Row.Weight(k));
            if (weight == Vector256<float>.Zero)
                continue;
            if (!Sample8(planes, warp, x, field.Flow8(x, Row.Other(k)), mask, other))
                return false;
            for (var p = 0; p < planes.Length; p++)
                made[p] += (other[p] - flow[p]) * weight;
        }
        return true;
    }

    private static float Sample<T>(in WarpPlane plane, int width, int height, in Row field, int x, int y, int channel, float mask) where T : unmanaged
    {
        var v0 = CubicWarp8<T>.Sample((T*)plane.First.Data, width, height, x + field.Flow(x, channel), y + field.Flow(x, channel + 1));
        var v1 = CubicWarp8<T>.Sample((T*)plane.Second.Data, width, height, x + field.Flow(x, channel + 2), y + field.Flow(x, channel + 3));
        return v1 + (v0 - v1) * mask;
    }

    /// <summary>Of eight samples: where they come from in both frames.</summary>
    private readonly record struct Flow8(Vector256<float> X0, Vector256<float> Y0, Vector256<float> X1, Vector256<float> Y1)
    {
        public bool IsZero => ((X0 | Y0) | (X1 | Y1)) == Vector256<float>.Zero;
    }

    /// <summary>Flows and mask along a row of a plane, at a sample or at eight from it on.</summary>
    private readonly struct Row(
        float* flowAbove, float* flowBelow, float* maskAbove, float* maskBelow, float flowWeight, float maskWeight, int stride, int others)
    {
        private readonly Vector256<float> _flowWeight = Vector256.Create(flowWeight);
        private readonly Vector256<float> _maskWeight = Vector256.Create(maskWeight);

        public int Others => others;

        /// <summary>The first channel of another flow.</summary>
        public static int Other(int k) => 4 + 5 * k;

        /// <summary>The channel of its weight.</summary>
        public static int Weight(int k) => Other(k) + 4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Flow(int x, int channel)
        {
            float a = flowAbove[channel * stride + x], b = flowBelow[channel * stride + x];
            return a + (b - a) * flowWeight;
        }

        public float Mask(int x) => maskAbove[x] + (maskBelow[x] - maskAbove[x]) * maskWeight;

        /// <param name="x">The first of eight samples.</param>
        /// <param name="channel">The first of the flow's four.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Flow8 Flow8(int x, int channel) => new(Channel8(x, channel), Channel8(x, channel + 1), Channel8(x, channel + 2), Channel8(x, channel + 3));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Channel8(int x, int channel)
        {
            var a = Vector256.Load(flowAbove + channel * stride + x);
            return a + (Vector256.Load(flowBelow + channel * stride + x) - a) * _flowWeight;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Mask8(int x)
        {
            var a = Vector256.Load(maskAbove + x);
            return a + (Vector256.Load(maskBelow + x) - a) * _maskWeight;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool HasOthers8(int x)
        {
            var any = Vector256<float>.Zero;
            for (var k = 0; k < others; k++)
                any |= Vector256.Load(flowAbove + Weight(k) * stride + x) | Vector256.Load(flowBelow + Weight(k) * stride + x);
            return any != Vector256<float>.Zero;
        }
    }
}
