using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

public sealed class ViewBuilderTests
{
    [Theory]
    [InlineData("yuv420p")]
    [InlineData("gbrp10le")]
    [InlineData("gray")]
    public void A_view_of_luma_alone_has_the_luma_of_a_whole_one(string layout)
    {
        using var pool = new FramePool(PixelLayout.All[layout], 37, 21);
        var frame = pool.Rent();
        new Random(2).NextBytes(frame.Bytes);
        var builder = new ViewBuilder(new FrameFormat(pool.Layout, new ColourDescription(), pool.Width, pool.Height), 1);
        ReducedView whole = new(37, 21, 2, 32), alone = new(37, 21, 2, 32, lumaOnly: true);
        builder.Build(frame, whole);
        builder.Build(frame, alone);
        Assert.True(alone.Rgb.IsEmpty);
        Assert.Equal(whole.Luma, alone.Luma);
    }

    [Theory]
    [InlineData("tv", 235, 128, 128, 1f, 1f, 1f)]
    [InlineData("tv", 16, 128, 128, 0f, 0f, 0f)]
    [InlineData("pc", 255, 128, 128, 1f, 1f, 1f)]
    [InlineData("tv", 63, 102, 240, 1f, 0f, 0f)]
    [InlineData("tv", 173, 42, 26, 0f, 1f, 0f)]
    public void Known_colours_come_out_as_RGB(string range, byte y, byte u, byte v, float red, float green, float blue)
    {
        using var pool = new FramePool(PixelLayout.All["yuv420p"], 16, 16);
        var frame = pool.Rent();
        frame.Bytes[..256].Fill(y);
        frame.Bytes.Slice(256, 64).Fill(u);
        frame.Bytes[320..].Fill(v);
        var view = new ReducedView(16, 16, 2, 32);
        new ViewBuilder(new FrameFormat(pool.Layout, new ColourDescription(range, "bt709"), pool.Width, pool.Height), 1).Build(frame, view);
        Assert.Equal(red, view.Rgb.Span[0], 0.02f);
        Assert.Equal(green, view.Rgb.Span[32 * 32], 0.02f);
        Assert.Equal(blue, view.Rgb.Span[2 * 32 * 32 + 31 * 32 + 31], 0.02f);
    }

    [Theory]
    [InlineData("yuv420p", "tv")]
    [InlineData("yuv444p10le", "pc")]
    [InlineData("gbrp", "pc")]
    [InlineData("gray", "tv")]
    public void Planes_survive_the_way_to_RGB_and_back(string layout, string range)
    {
        using var pool = new FramePool(PixelLayout.All[layout], 18, 10);
        VideoFrame frame = pool.Rent(), back = pool.Rent();
        // Colours inside the gamut: near grey.
        var bytes = pool.Layout.BytesPerSample;
        for (var i = 0; i < frame.ByteCount / bytes; i++)
        {
            var value = (100 + i * 7 % 50) << (pool.Layout.Bits - 8);
            frame.Bytes[i * bytes] = (byte)value;
            if (bytes == 2)
                frame.Bytes[i * 2 + 1] = (byte)(value >> 8);
        }
        var builder = new ViewBuilder(new FrameFormat(pool.Layout, new ColourDescription(range, "bt709"), pool.Width, pool.Height), 1);
        var view = new ReducedView(18, 10, 1, 32);
        builder.Build(frame, view);
        builder.Write(view.Rgb.ToArray(), view.Width, view.Height, back);
        Assert.True(frame.Bytes.SequenceEqual(back.Bytes));
    }
}
