using Vfi.Pipeline.Quality;

namespace Vfi.Tests.Quality;

public sealed class QualityTests
{
    [Fact]
    public void One_step_everywhere_is_48_13_dB() =>
        Assert.Equal(48.1308, Psnr.Compute(new byte[] { 10, 20, 30 }, new byte[] { 11, 19, 31 }), 0.0001);

    [Fact]
    public void Equal_pictures_have_infinite_PSNR_and_SSIM_of_one()
    {
        var picture = Enumerable.Range(0, 400).Select(i => (byte)(i * 37)).ToArray();
        Assert.Equal(double.PositiveInfinity, Psnr.Compute(picture, picture));
        Assert.Equal(1, Ssim.Compute(picture, picture, 20, 20), 1e-12);
    }

    [Fact]
    public void SSIM_of_two_flat_pictures_is_the_luminance_term()
    {
        byte[] a = new byte[144], b = new byte[144];
        Array.Fill(a, (byte)100);
        Array.Fill(b, (byte)120);
        var c1 = 0.01 * 255 * 0.01 * 255;
        Assert.Equal((2.0 * 100 * 120 + c1) / (100.0 * 100 + 120 * 120 + c1), Ssim.Compute(a, b, 12, 12), 1e-9);
    }
}
