namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Where the samples of a plane fall on a coarser grid along one axis: the lower neighbour and the weight of the
/// upper one, edges clamped (bilinear interpolation with half-pixel centres).
/// </summary>
internal readonly struct AxisMap
{
    private AxisMap(int[] index, float[] weight)
    {
        Index = index;
        Weight = weight;
    }

    /// <summary>The lower neighbour, 0 to gridLength − 2 (0 on a grid of one).</summary>
    public int[] Index { get; }

    /// <summary>The weight of the upper neighbour, 0 to 1.</summary>
    public float[] Weight { get; }

    /// <param name="length">Samples of the plane.</param>
    /// <param name="gridLength">Samples of the grid.</param>
    /// <param name="step">Luma pixels from one sample of the plane to the next.</param>
    /// <param name="first">Luma position of the plane's first sample (0.5: the centre of the first luma pixel).</param>
    /// <param name="cell">Luma pixels a grid sample covers.</param>
    public static AxisMap Create(int length, int gridLength, double step, double first, double cell)
    {
        // Padded to whole vectors, so that the last ones may be read in full.
        var padded = (length + 15) / 16 * 16;
        var index = new int[padded];
        var weight = new float[padded];
        for (var i = 0; i < length; i++)
        {
            var u = Math.Clamp((first + i * step) / cell - 0.5, 0, gridLength - 1);
            index[i] = Math.Clamp((int)u, 0, Math.Max(0, gridLength - 2));
            weight[i] = (float)(u - index[i]);
        }
        return new AxisMap(index, weight);
    }
}
