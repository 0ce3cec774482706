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
    /// <param name="rows">Flow and mask along it.</param>
    /// <param name="scalar">Without vectors.</param>
    public static void Run<T>(WarpPlane[] planes, int width, int height, int maximum, int y, FieldRows rows, bool scalar) where T : unmanaged
    {
        fixed (float* x0a = rows.Above(0), x0b = rows.Below(0), y0a = rows.Above(1), y0b = rows.Below(1))
        fixed (float* x1a = rows.Above(2), x1b = rows.Below(2), y1a = rows.Above(3), y1b = rows.Below(3))
        fixed (float* ma = rows.Above(4), mb = rows.Below(4))
        {
            ReadOnlySpan<WarpPlane> set = planes;
            var x = 0;
            var row = (long)y * width;
            var warp = new CubicWarp8<T>(width, height, y);
            Vector256<float> flowWeight = Vector256.Create(rows.FlowWeight), maskWeight = Vector256.Create(rows.MaskWeight), most = Vector256.Create((float)maximum);
            while (x < width)
            {
                var end = Math.Min(x + 8, width);
                if (!scalar && end == x + 8)
                {
                    var fx0 = Lerp(Vector256.Load(x0a + x), Vector256.Load(x0b + x), flowWeight);
                    var fy0 = Lerp(Vector256.Load(y0a + x), Vector256.Load(y0b + x), flowWeight);
                    var fx1 = Lerp(Vector256.Load(x1a + x), Vector256.Load(x1b + x), flowWeight);
                    var fy1 = Lerp(Vector256.Load(y1a + x), Vector256.Load(y1b + x), flowWeight);
                    var m = Lerp(Vector256.Load(ma + x), Vector256.Load(mb + x), maskWeight);
                    if (((fx0 | fy0) | (fx1 | fy1)) == Vector256<float>.Zero)
                    {
                        // Nothing moves here: plain loads, a fraction of the time.
                        foreach (ref readonly var plane in set)
                        {
                            var v0 = Samples8<T>.Load((T*)plane.First.Data + row + x);
                            var v1 = Samples8<T>.Load((T*)plane.Second.Data + row + x);
                            Samples8<T>.Store(v1 + (v0 - v1) * m, (T*)plane.Target.Data + row + x);
                        }
                        x = end;
                        continue;
                    }
                    if (warp.Locate(x, fx0, fy0, out var from0) && warp.Locate(x, fx1, fy1, out var from1))
                    {
                        foreach (ref readonly var plane in set)
                        {
                            var v0 = warp.Sample((T*)plane.First.Data, from0);
                            var v1 = warp.Sample((T*)plane.Second.Data, from1);
                            var v = v1 + (v0 - v1) * m;
                            Samples8<T>.Store(Avx.Min(Avx.Max(v, Vector256<float>.Zero), most), (T*)plane.Target.Data + row + x);
                        }
                        x = end;
                        continue;
                    }
                }
                // What is left over at the row's end, and what reaches beyond the picture.
                for (; x < end; x++)
                {
                    float fw = rows.FlowWeight, mw = rows.MaskWeight;
                    var m = ma[x] + (mb[x] - ma[x]) * mw;
                    float px0 = x + (x0a[x] + (x0b[x] - x0a[x]) * fw), py0 = y + (y0a[x] + (y0b[x] - y0a[x]) * fw);
                    float px1 = x + (x1a[x] + (x1b[x] - x1a[x]) * fw), py1 = y + (y1a[x] + (y1b[x] - y1a[x]) * fw);
                    foreach (ref readonly var plane in set)
                    {
                        var v0 = CubicWarp8<T>.Sample((T*)plane.First.Data, width, height, px0, py0);
                        var v1 = CubicWarp8<T>.Sample((T*)plane.Second.Data, width, height, px1, py1);
                        var v = (int)(MathF.Min(MathF.Max(v1 + (v0 - v1) * m, 0), maximum) + 0.5f);
                        if (typeof(T) == typeof(byte))
                            plane.Target.Data[row + x] = (byte)v;
                        else
                            ((ushort*)plane.Target.Data)[row + x] = (ushort)v;
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Lerp(Vector256<float> a, Vector256<float> b, Vector256<float> weight) => a + (b - a) * weight;
}
