using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

public sealed class FrameBlendTests
{
    [Theory]
    [InlineData("gray", 7, 3)]
    [InlineData("gray", 640, 3)]
    [InlineData("gray12le", 33, 5)]
    public unsafe void Each_sample_is_the_rounded_weighted_mean(string layout, int width, int height)
    {
        using var pool = new FramePool(PixelLayout.All[layout], width, height);
        VideoFrame a = pool.Rent(), b = pool.Rent(), target = pool.Rent();
        var random = new Random(1);
        var wide = pool.Layout.BytesPerSample == 2;
        for (var i = 0; i < width * height; i++)
        {
            if (wide)
                (((ushort*)a.Plane(0).Data)[i], ((ushort*)b.Plane(0).Data)[i]) = ((ushort)random.Next(4096), (ushort)random.Next(4096));
            else
                (a.Bytes[i], b.Bytes[i]) = ((byte)random.Next(256), (byte)random.Next(256));
        }
        FrameBlend.Blend(a, b, 0.25f, target, 2);
        for (var i = 0; i < width * height; i++)
        {
            int p = wide ? ((ushort*)a.Plane(0).Data)[i] : a.Bytes[i], q = wide ? ((ushort*)b.Plane(0).Data)[i] : b.Bytes[i];
            Assert.Equal((int)Math.Floor(p * 0.75 + q * 0.25 + 0.5), wide ? ((ushort*)target.Plane(0).Data)[i] : target.Bytes[i]);
        }
    }
}
