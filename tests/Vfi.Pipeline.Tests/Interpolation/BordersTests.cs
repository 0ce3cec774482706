using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

/// <summary>Frames of 64x48 whose picture has 12 pixels of black at each side.</summary>
public sealed class BordersTests
{
    private static readonly FrameArea Area = new(12, 12, 40, 24);

    [Theory]
    [InlineData("what moves in the picture", 12, 12, 40, 24, 200, true)]
    [InlineData("coding noise everywhere", 0, 0, 64, 48, 4, true)]
    [InlineData("a pixel in a border", 3, 3, 1, 1, 200, true)]
    [InlineData("something above", 30, 2, 8, 6, 40, false)]
    [InlineData("something below", 30, 40, 8, 6, 40, false)]
    [InlineData("something at the left", 2, 20, 8, 6, 40, false)]
    [InlineData("something at the right", 54, 20, 8, 6, 40, false)]
    [InlineData("a row of the border beside the picture", 12, 11, 40, 1, 100, false)]
    public void Borders_stand_where_nothing_in_them_changes(string what, int x, int y, int width, int height, int change, bool stand)
    {
        foreach (var layout in (string[])["yuv420p", "yuv420p10le", "gray"])
        {
            using var pool = new FramePool(PixelLayout.All[layout], 64, 48);
            VideoFrame first = pool.Rent(), second = pool.Rent();
            foreach (var frame in (VideoFrame[])[first, second])
                Fill(frame, 0, 0, 64, 48, 16);
            Fill(second, x, y, width, height, 16 + change);
            Assert.True(stand == Borders.Stand(first, second, Area), $"{what}, {layout}");
        }
    }

    private static unsafe void Fill(VideoFrame frame, int left, int top, int width, int height, int value)
    {
        var plane = frame.Plane(0);
        for (var y = top; y < top + height; y++)
        {
            for (var x = left; x < left + width; x++)
            {
                if (frame.Layout.BytesPerSample == 1)
                    plane.Data[y * 64 + x] = (byte)value;
                else
                    ((ushort*)plane.Data)[y * 64 + x] = (ushort)(value << (frame.Layout.Bits - 8));
            }
        }
    }
}
