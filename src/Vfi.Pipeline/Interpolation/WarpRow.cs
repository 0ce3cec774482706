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
    public static void Run<T>(WarpPlane[] planes, int width, int height, int y, FieldRows rows, bool scalar) where T : unmanaged
    {
        fixed (float* x0a = rows.Above(0), x0b = rows.Below(0), y0a = rows.Above(1), y0b = rows.Below(1))
        fixed (float* x1a = rows.Above(2), x1b = rows.Below(2), y1a = rows.Above(3), y1b = rows.Below(3))
        fixed (float* ma = rows.Above(4), mb = rows.Below(4))
        {
            ReadOnlySpan<WarpPlane> set = planes;
            var x = 0;
            var row = (long)y * width;
            if (!scalar)
            {
                var warp = new Warp8<T>(width, height, y);
                Vector256<float> flowWeight = Vector256.Create(rows.FlowWeight), maskWeight = Vector256.Create(rows.MaskWeight);
                for (; x + 8 <= width; x += 8)
                {
                    var fx0 = Lerp(Vector256.Load(x0a + x), Vector256.Load(x0b + x), flowWeight);
                    var fy0 = Lerp(Vector256.Load(y0a + x), Vector256.Load(y0b + x), flowWeight);
                    var fx1 = Lerp(Vector256.Load(x1a + x), Vector256.Load(x1b + x), flowWeight);
                    var fy1 = Lerp(Vector256.Load(y1a + x), Vector256.Load(y1b + x), flowWeight);
                    var m = Lerp(Vector256.Load(ma + x), Vector256.Load(mb + x), maskWeight);
                    if (((fx0 | fy0) | (fx1 | fy1)) == Vector256<float>.Zero)
                    {
                        // Nothing moves here: plain loads, a quarter of the time.
                        foreach (ref readonly var plane in set)
                        {
                            var v0 = Samples8<T>.Load((T*)plane.First.Data + row + x);
                            var v1 = Samples8<T>.Load((T*)plane.Second.Data + row + x);
                            Samples8<T>.Store(v1 + (v0 - v1) * m, (T*)plane.Target.Data + row + x);
                        }
                        continue;
                    }
                    var from0 = warp.Locate(x, fx0, fy0);
                    var from1 = warp.Locate(x, fx1, fy1);
                    foreach (ref readonly var plane in set)
                    {
                        var v0 = warp.Sample((T*)plane.First.Data, from0);
                        var v1 = warp.Sample((T*)plane.Second.Data, from1);
                        Samples8<T>.Store(v1 + (v0 - v1) * m, (T*)plane.Target.Data + row + x);
                    }
                }
            }
            for (; x < width; x++)
            {
                float fw = rows.FlowWeight, mw = rows.MaskWeight;
                var m = ma[x] + (mb[x] - ma[x]) * mw;
                float px0 = x + (x0a[x] + (x0b[x] - x0a[x]) * fw), py0 = y + (y0a[x] + (y0b[x] - y0a[x]) * fw);
                float px1 = x + (x1a[x] + (x1b[x] - x1a[x]) * fw), py1 = y + (y1a[x] + (y1b[x] - y1a[x]) * fw);
                foreach (ref readonly var plane in set)
                {
                    var v0 = Sample((T*)plane.First.Data, width, height, px0, py0);
                    var v1 = Sample((T*)plane.Second.Data, width, height, px1, py1);
                    var v = (int)(v1 + (v0 - v1) * m + 0.5f);
                    if (typeof(T) == typeof(byte))
                        plane.Target.Data[row + x] = (byte)v;
                    else
                        ((ushort*)plane.Target.Data)[row + x] = (ushort)v;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Lerp(Vector256<float> a, Vector256<float> b, Vector256<float> weight) => a + (b - a) * weight;

    private static float Sample<T>(T* plane, int width, int height, float px, float py) where T : unmanaged
    {
        px = MathF.Min(MathF.Max(px, 0), width - 1);
        py = MathF.Min(MathF.Max(py, 0), height - 1);
        int ix = Math.Min((int)px, Math.Max(0, width - 2)), iy = Math.Min((int)py, Math.Max(0, height - 2));
        float ax = px - ix, ay = py - iy;
        var at = plane + (long)iy * width + ix;
        var right = width > 1 ? 1 : 0;
        var below = height > 1 ? width : 0;
        float a = Value(at, 0), b = Value(at, right), c = Value(at, below), d = Value(at, below + right);
        var top = a + (b - a) * ax;
        var bottom = c + (d - c) * ax;
        return top + (bottom - top) * ay;
    }

    private static float Value<T>(T* at, int offset) where T : unmanaged =>
        typeof(T) == typeof(byte) ? ((byte*)at)[offset] : ((ushort*)at)[offset];

    /// <summary>Bilinear sampling of eight neighbours on a row at once.</summary>
    private readonly struct Warp8<T>(int width, int height, int y) where T : unmanaged
    {
        private readonly Vector256<float> _maxX = Vector256.Create(width - 1f);
        private readonly Vector256<float> _maxY = Vector256.Create(height - 1f);
        private readonly Vector256<int> _lastX = Vector256.Create(width - 2);
        private readonly Vector256<int> _lastY = Vector256.Create(height - 2);
        private readonly Vector256<int> _stride = Vector256.Create(width);
        private readonly Vector256<float> _y = Vector256.Create((float)y);
        private readonly int _width = width;

        /// <summary>Where eight samples come from.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Place Locate(int x, Vector256<float> fx, Vector256<float> fy)
        {
            var px = Vector256.Create((float)x) + Vector256.Create(0f, 1, 2, 3, 4, 5, 6, 7) + fx;
            px = Avx.Min(Avx.Max(px, Vector256<float>.Zero), _maxX);
            var py = Avx.Min(Avx.Max(_y + fy, Vector256<float>.Zero), _maxY);
            var ix = Avx2.Min(Avx.ConvertToVector256Int32WithTruncation(px), _lastX);
            var iy = Avx2.Min(Avx.ConvertToVector256Int32WithTruncation(py), _lastY);
            var ax = px - Avx.ConvertToVector256Single(ix);
            var ay = py - Avx.ConvertToVector256Single(iy);
            var at = Avx2.MultiplyLow(iy, _stride) + ix;
            var first = at.ToScalar();
            // Neighbours come from neighbours, as nearly everywhere where motion is smooth.
            var isRun = at == Vector256.Create(first) + Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7) && iy == Vector256.Create(iy.ToScalar());
            return new Place(at, ax, ay, isRun ? first : -1);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Sample(T* plane, in Place place)
        {
            Vector256<float> a, b, c, d;
            if (place.Run >= 0)
            {
                var row = plane + place.Run;
                a = Samples8<T>.Load(row);
                b = Samples8<T>.Load(row + 1);
                c = Samples8<T>.Load(row + _width);
                d = Samples8<T>.Load(row + _width + 1);
            }
            else
            {
                Gather(plane, place.At, out a, out b, out c, out d);
            }
            var upper = a + (b - a) * place.X;
            var lower = c + (d - c) * place.X;
            return upper + (lower - upper) * place.Y;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Gather(
            T* plane, Vector256<int> at, out Vector256<float> a, out Vector256<float> b, out Vector256<float> c, out Vector256<float> d)
        {
            Vector256<int> top, bottom;
            // One 32-bit gather brings a sample and its right neighbour.
            if (typeof(T) == typeof(byte))
            {
                top = Avx2.GatherVector256((int*)plane, at, 1);
                bottom = Avx2.GatherVector256((int*)((byte*)plane + _width), at, 1);
                var low = Vector256.Create(0xff);
                a = Avx.ConvertToVector256Single(top & low);
                b = Avx.ConvertToVector256Single((top >>> 8) & low);
                c = Avx.ConvertToVector256Single(bottom & low);
                d = Avx.ConvertToVector256Single((bottom >>> 8) & low);
            }
            else
            {
                top = Avx2.GatherVector256((int*)plane, at, 2);
                bottom = Avx2.GatherVector256((int*)((ushort*)plane + _width), at, 2);
                var low = Vector256.Create(0xffff);
                a = Avx.ConvertToVector256Single(top & low);
                b = Avx.ConvertToVector256Single(top >>> 16);
                c = Avx.ConvertToVector256Single(bottom & low);
                d = Avx.ConvertToVector256Single(bottom >>> 16);
            }
        }
    }

    /// <summary>Upper left neighbours of eight samples, and the weights of their right and lower neighbours.</summary>
    /// <param name="At">Offsets in the plane.</param>
    /// <param name="X">Weight of the right neighbour.</param>
    /// <param name="Y">Weight of the lower neighbour.</param>
    /// <param name="Run">The first offset where the eight follow one another in a row; otherwise −1.</param>
    private readonly record struct Place(Vector256<int> At, Vector256<float> X, Vector256<float> Y, int Run);
}
