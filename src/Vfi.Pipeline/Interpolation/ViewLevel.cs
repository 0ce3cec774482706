using System.Runtime.Intrinsics;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Mean and standard deviation of each channel of a view, with its padding.</summary>
internal sealed record ViewLevel(double[] Mean, double[] Deviation)
{
    public static ViewLevel Of(ReducedView view)
    {
        var size = view.Width * view.Height;
        double[] mean = new double[3], deviation = new double[3];
        for (var c = 0; c < 3; c++)
        {
            var channel = view.Rgb.Span.Slice(c * size, size);
            mean[c] = Sum(channel, view.Width, 0, squared: false) / size;
            deviation[c] = Math.Sqrt(Sum(channel, view.Width, (float)mean[c], squared: true) / size);
        }
        return new ViewLevel(mean, deviation);
    }

    /// <summary>What gives each channel the mean and deviation half-way between this view's and the other's, so that a fade is no difference.</summary>
    public (float Gain, float Offset)[] Towards(ViewLevel other) => [.. Enumerable.Range(0, 3).Select(c =>
    {
        // One code value more, so that noise in a black frame is not taken for a picture.
        var gain = Math.Sqrt((other.Deviation[c] + 1.0 / 255) / (Deviation[c] + 1.0 / 255));
        return ((float)gain, (float)((Mean[c] + other.Mean[c]) / 2 - Mean[c] * gain));
    })];

    /// <summary>In double precision over rows, which are short enough for single.</summary>
    private static double Sum(ReadOnlySpan<float> values, int row, float from, bool squared)
    {
        var total = 0.0;
        for (var at = 0; at < values.Length; at += row)
        {
            var sums = Vector256<float>.Zero;
            var x = 0;
            for (; x + Vector256<float>.Count <= row; x += Vector256<float>.Count)
            {
                var d = Vector256.Create(values.Slice(at + x, Vector256<float>.Count)) - Vector256.Create(from);
                sums += squared ? d * d : d;
            }
            total += Vector256.Sum(sums);
            for (; x < row; x++)
            {
                var d = values[at + x] - from;
                total += squared ? d * d : d;
            }
        }
        return total;
    }
}
