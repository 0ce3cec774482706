using Vfi.Pipeline.Frames;

namespace Vfi.Tests.Frames;

public sealed class FrameAreaTests
{
    [Theory]
    [InlineData("yuv420p", 4, 6, 20, 10)]
    [InlineData("yuv420p", 4, 6, 33, 15)]
    [InlineData("yuv422p10le", 4, 5, 20, 10)]
    [InlineData("yuv444p", 3, 5, 21, 11)]
    [InlineData("gbrp12le", 0, 5, 37, 11)]
    [InlineData("gray", 3, 0, 21, 21)]
    public void A_picture_that_is_cut_out_and_put_back_leaves_the_frame_as_it_was(string layout, int x, int y, int width, int height)
    {
        using FramePool frames = new(PixelLayout.All[layout], 37, 21), pictures = new(PixelLayout.All[layout], width, height);
        VideoFrame frame = frames.Rent(), other = frames.Rent(), picture = pictures.Rent();
        new Random(1).NextBytes(frame.Bytes);
        frame.Bytes.CopyTo(other.Bytes);
        var area = new FrameArea(x, y, width, height);
        area.Cut(frame, picture);
        Fill(other, area, 0);
        Assert.False(frame.Bytes.SequenceEqual(other.Bytes));
        area.Paste(picture, other);
        Assert.True(frame.Bytes.SequenceEqual(other.Bytes));
    }

    [Fact]
    public unsafe void What_is_cut_out_is_what_lies_there()
    {
        using FramePool frames = new(PixelLayout.All["yuv420p"], 16, 12), pictures = new(PixelLayout.All["yuv420p"], 6, 4);
        VideoFrame frame = frames.Rent(), picture = pictures.Rent();
        for (var i = 0; i < frame.ByteCount; i++)
            frame.Bytes[i] = (byte)i;
        new FrameArea(4, 2, 6, 4).Cut(frame, picture);
        for (var p = 0; p < 3; p++)
        {
            var (x, y) = p == 0 ? (4, 2) : (2, 1);
            PlaneView from = frame.Plane(p), to = picture.Plane(p);
            Assert.Equal(from.Data[y * from.Width + x], to.Data[0]);
            Assert.Equal(from.Data[(y + to.Height - 1) * from.Width + x + to.Width - 1], to.Data[to.Width * to.Height - 1]);
        }
    }

    private static void Fill(VideoFrame frame, FrameArea area, byte value)
    {
        using var pool = new FramePool(frame.Layout, area.Width, area.Height);
        var picture = pool.Rent();
        picture.Bytes.Fill(value);
        area.Paste(picture, frame);
    }
}
