namespace Vfi.Pipeline.Frames;

/// <summary>How light the lines of a frame are on average, in 8-bit steps of luma above black.</summary>
/// <param name="Rows">From the top.</param>
/// <param name="Columns">From the left.</param>
internal sealed record LightProfile(double[] Rows, double[] Columns)
{
    /// <param name="luma">Rows of samples.</param>
    /// <param name="width">Samples a row.</param>
    /// <param name="black">The level of black.</param>
    public static LightProfile Of(ReadOnlySpan<byte> luma, int width, int black)
    {
        var height = luma.Length / width;
        var (rows, columns) = (new double[height], new double[width]);
        var sums = new int[width];
        for (var y = 0; y < height; y++)
        {
            var row = luma.Slice(y * width, width);
            var sum = 0;
            for (var x = 0; x < width; x++)
            {
                sum += row[x];
                sums[x] += row[x];
            }
            rows[y] = (double)sum / width - black;
        }
        for (var x = 0; x < width; x++)
            columns[x] = (double)sums[x] / height - black;
        return new LightProfile(rows, columns);
    }
}
