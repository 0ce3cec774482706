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

    private static void Blend<T>(T* a, T* b, T* t, long count, float position) where T : unmanaged
    {
        long i = 0;
        if (Avx2.IsSupported)
        {
            var w = Vector256.Create(position);
            for (; i + 8 <= count; i += 8)
            {
                var x = Samples8<T>.Load(a + i);
                Samples8<T>.Store(x + (Samples8<T>.Load(b + i) - x) * w, t + i);
            }
        }
        for (; i < count; i++)
        {
            if (typeof(T) == typeof(byte))
                ((byte*)t)[i] = (byte)(((byte*)a)[i] + ((float)((byte*)b)[i] - ((byte*)a)[i]) * position + 0.5f);
            else
                ((ushort*)t)[i] = (ushort)(((ushort*)a)[i] + ((float)((ushort*)b)[i] - ((ushort*)a)[i]) * position + 0.5f);
        }
    }
}
