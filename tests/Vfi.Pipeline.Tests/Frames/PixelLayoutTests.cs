using Vfi.Pipeline.Frames;

namespace Vfi.Tests.Frames;

public sealed class PixelLayoutTests
{
    [Theory]
    [InlineData("yuv420p", "yuv420p", null)]
    [InlineData("yuvj422p", "yuvj422p", null)]
    [InlineData("nv12", "yuv420p", null)]
    [InlineData("p010le", "yuv420p10le", null)]
    [InlineData("yuyv422", "yuv422p", null)]
    [InlineData("yuv422p10be", "yuv422p10le", null)]
    [InlineData("yuv440p", "yuv444p", null)]
    [InlineData("yuv411p", "yuv422p", null)]
    [InlineData("rgb24", "gbrp", null)]
    [InlineData("rgba", "gbrp", "transparency")]
    [InlineData("rgb48le", "gbrp16le", null)]
    [InlineData("gbrap12le", "gbrp12le", "transparency")]
    [InlineData("yuva420p", "yuv420p", "transparency")]
    [InlineData("yuva444p12le", "yuv444p12le", "transparency")]
    [InlineData("pal8", "gbrp", "transparency")]
    [InlineData("monow", "gray", null)]
    [InlineData("gray10be", "gray10le", null)]
    [InlineData("x2rgb10le", "gbrp10le", null)]
    public void Other_formats_go_to_the_nearest_planar_one(string format, string expected, string? expectedLoss)
    {
        Assert.Equal(expected, PixelLayout.Nearest(format, out var loss).Name);
        Assert.Equal(expectedLoss, loss);
    }

    [Theory]
    [InlineData("yuv420p", 5, 3, 15 + 2 * 3 * 2)]
    [InlineData("yuv422p10le", 5, 3, 2 * (15 + 2 * 3 * 3))]
    [InlineData("gbrp16le", 5, 3, 2 * 45)]
    [InlineData("gray", 5, 3, 15)]
    public void Odd_sizes_round_chroma_up(string format, int width, int height, int bytes) =>
        Assert.Equal(bytes, PixelLayout.All[format].FrameBytes(width, height));
}
