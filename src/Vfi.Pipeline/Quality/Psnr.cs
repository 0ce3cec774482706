using System.Runtime.InteropServices;
using Vfi.Pipeline.Frames;

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

    /// <summary>Over all samples of two frames of one layout and size, against the layout's largest value.</summary>
    public static double Compute(VideoFrame a, VideoFrame b)
    {
        if (a.Layout.BytesPerSample == 1)
            return Compute(a.Bytes, b.Bytes);
        ReadOnlySpan<ushort> x = MemoryMarshal.Cast<byte, ushort>(a.Bytes), y = MemoryMarshal.Cast<byte, ushort>(b.Bytes);
        if (x.Length != y.Length)
            throw new ArgumentException("pictures must have the same, non-zero size");
        double sum = 0;
        for (var i = 0; i < x.Length; i++)
        {
            double d = x[i] - y[i];
            sum += d * d;
        }
        return sum == 0 ? double.PositiveInfinity : -10 * Math.Log10(sum / x.Length / ((double)a.Layout.MaxValue * a.Layout.MaxValue));
    }
}
