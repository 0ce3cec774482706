using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation.Overlays;

/// <summary>What stands over a moving picture, such as a subtitle or a logo: which pixels of a view it covers.</summary>
/// <param name="Covered">Content height × content width of the view; 1: covered, else 0.</param>
/// <param name="Width">View pixels a row.</param>
/// <param name="Height">Rows of view pixels.</param>
/// <param name="Divisor">Full-size pixels a view pixel, along each axis.</param>
internal sealed record Overlay(byte[] Covered, int Width, int Height, int Divisor)
{
    /// <summary>What either covers.</summary>
    /// <param name="first">Null: nothing.</param>
    /// <param name="second">Of the same size.</param>
    public static Overlay Join(Overlay? first, Overlay second)
    {
        if (first is null)
            return second;
        var both = new byte[second.Covered.Length];
        for (var i = 0; i < both.Length; i++)
            both[i] = (byte)(first.Covered[i] | second.Covered[i]);
        return second with { Covered = both };
    }

    /// <summary>Tells which samples in a row of a plane it covers, wholly or in part.</summary>
    /// <param name="layout">Of the frame.</param>
    /// <param name="plane">One of its planes.</param>
    /// <param name="y">The row.</param>
    /// <param name="row">Filled, a value a sample.</param>
    /// <returns>Whether it covers any.</returns>
    public bool Row(PixelLayout layout, int plane, int y, Span<bool> row)
    {
        var (shiftX, shiftY) = layout.IsChroma(plane) ? (layout.ShiftX, layout.ShiftY) : (0, 0);
        int top = Math.Min((y << shiftY) / Divisor, Height - 1), bottom = Math.Min((((y + 1) << shiftY) - 1) / Divisor, Height - 1);
        row.Clear();
        var any = false;
        for (var v = top; v <= bottom; v++)
        {
            var line = Covered.AsSpan(v * Width, Width);
            if (!line.Contains((byte)1))
                continue;
            any = true;
            for (var x = 0; x < row.Length; x++)
            {
                int left = Math.Min((x << shiftX) / Divisor, Width - 1), right = Math.Min((((x + 1) << shiftX) - 1) / Divisor, Width - 1);
                row[x] |= line[left] != 0 || line[right] != 0;
            }
        }
        return any;
    }
}
