namespace Vfi.Pipeline.Quality;

/// <summary>Structural similarity (Wang et al. 2004): 11×11 Gaussian window, sigma 1.5, valid region.</summary>
public static class Ssim
{
    private const int Window = 11;
    private static readonly double[] Kernel = MakeKernel();

    /// <summary>Mean over the valid region of one channel.</summary>
    /// <param name="a">height × width samples, 0 to 255.</param>
    /// <param name="b">As <paramref name="a"/>.</param>
    /// <param name="width">At least 11.</param>
    /// <param name="height">At least 11.</param>
    /// <exception cref="ArgumentException">Smaller than the window, or sizes that do not fit.</exception>
    public static double Compute(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int width, int height)
    {
        if (width < Window || height < Window || a.Length != width * height || b.Length != a.Length)
            throw new ArgumentException("SSIM needs two pictures of one size, at least 11 pixels a side");
        int w = width - Window + 1, h = height - Window + 1;
        // Filtered along rows: means of a, b, a², b², ab.
        var rows = new double[5][];
        for (var k = 0; k < 5; k++)
            rows[k] = new double[w * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < w; x++)
            {
                double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
                for (var i = 0; i < Window; i++)
                {
                    double g = Kernel[i], p = a[y * width + x + i], q = b[y * width + x + i];
                    ma += g * p;
                    mb += g * q;
                    aa += g * p * p;
                    bb += g * q * q;
                    ab += g * p * q;
                }
                var at = y * w + x;
                (rows[0][at], rows[1][at], rows[2][at], rows[3][at], rows[4][at]) = (ma, mb, aa, bb, ab);
            }
        }
        double total = 0;
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
                total += At(rows, w, x, y);
        }
        return total / ((double)w * h);
    }

    private static double At(double[][] rows, int w, int x, int y)
    {
        const double c1 = 0.01 * 255 * 0.01 * 255, c2 = 0.03 * 255 * 0.03 * 255;
        Span<double> m = stackalloc double[5];
        m.Clear();
        for (var i = 0; i < Window; i++)
        {
            for (var k = 0; k < 5; k++)
                m[k] += Kernel[i] * rows[k][(y + i) * w + x];
        }
        double va = m[2] - m[0] * m[0], vb = m[3] - m[1] * m[1], cov = m[4] - m[0] * m[1];
        return (2 * m[0] * m[1] + c1) * (2 * cov + c2) / ((m[0] * m[0] + m[1] * m[1] + c1) * (va + vb + c2));
    }

    private static double[] MakeKernel()
    {
        var kernel = new double[Window];
        for (var i = 0; i < Window; i++)
            kernel[i] = Math.Exp(-(i - Window / 2) * (i - Window / 2) / (2 * 1.5 * 1.5));
        var sum = kernel.Sum();
        return [.. kernel.Select(v => v / sum)];
    }
}
