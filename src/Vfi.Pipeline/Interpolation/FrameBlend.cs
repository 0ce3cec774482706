using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Linear blend of two frames, sample by sample.</summary>
internal static unsafe class FrameBlend
{
    /// <param name="position">Weight of <paramref name="second"/>, 0 to 1.</param>
    public static void Blend(VideoFrame first, VideoFrame second, float position, VideoFrame target, int threads)
    {
        var layout = target.Layout;
        for (var p = 0; p < layout.PlaneCount; p++)
        {
            PlaneView a = first.Plane(p), b = second.Plane(p), t = target.Plane(p);
            RowParallel.For(t.Height, threads, (from, end) =>
            {
                long offset = (long)from * t.Width, count = (long)(end - from) * t.Width;
                if (layout.BytesPerSample == 1)
                    Blend(a.Data + offset, b.Data + offset, t.Data + offset, count, position);
                else
                    Blend((ushort*)a.Data + offset, (ushort*)b.Data + offset, (ushort*)t.Data + offset, count, position);
            });
        }
    }

    private static void Blend(byte* a, byte* b, byte* t, long count, float position)
    {
        long i = 0;
        if (Avx2.IsSupported)
        {
            var w = Vector256.Create(position);
            for (; i + 8 <= count; i += 8)
            {
                var x = Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(a + i));
                var y = Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(b + i));
                var v = Rounded(x, y, w);
                var words = Sse41.PackUnsignedSaturate(v.GetLower(), v.GetUpper());
                *(ulong*)(t + i) = Sse2.PackUnsignedSaturate(words.AsInt16(), words.AsInt16()).AsUInt64().ToScalar();
            }
        }
        for (; i < count; i++)
            t[i] = (byte)(a[i] + ((float)b[i] - a[i]) * position + 0.5f);
    }

    private static void Blend(ushort* a, ushort* b, ushort* t, long count, float position)
    {
        long i = 0;
        if (Avx2.IsSupported)
        {
            var w = Vector256.Create(position);
            for (; i + 8 <= count; i += 8)
            {
                var x = Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(a + i));
                var y = Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(b + i));
                var v = Rounded(x, y, w);
                Sse41.PackUnsignedSaturate(v.GetLower(), v.GetUpper()).Store(t + i);
            }
        }
        for (; i < count; i++)
            t[i] = (ushort)(a[i] + ((float)b[i] - a[i]) * position + 0.5f);
    }

    private static Vector256<int> Rounded(Vector256<float> x, Vector256<float> y, Vector256<float> w) =>
        Avx.ConvertToVector256Int32WithTruncation(x + (y - x) * w + Vector256.Create(0.5f));
}
