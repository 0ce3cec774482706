namespace Vfi.Pipeline.Quality;

/// <summary>Peak signal-to-noise ratio.</summary>
public static class Psnr
{
    /// <summary>−10 log10 of the mean squared error of 8-bit samples scaled to 0..1; infinity for equal pictures.</summary>
    /// <exception cref="ArgumentException">Different lengths, or none.</exception>
    public static double Compute(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (a.Length != b.Length || a.IsEmpty)
            throw new ArgumentException("pictures must have the same, non-zero size");
        long sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var d = a[i] - b[i];
            sum += d * d;
        }
        return sum == 0 ? double.PositiveInfinity : -10 * Math.Log10(sum / (double)a.Length / (255.0 * 255.0));
    }
}
