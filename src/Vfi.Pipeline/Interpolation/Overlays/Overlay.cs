using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation.Overlays;

/// <summary>What stands in two pictures: over one that moves, such as a subtitle or a logo, or as a part of it.</summary>
/// <param name="Kinds">Content height × content width of the view: <see cref="Moving"/>, <see cref="Over"/> or <see cref="Ground"/>.</param>
/// <param name="Width">View pixels a row.</param>
/// <param name="Height">Rows of view pixels.</param>
/// <param name="Divisor">Full-size pixels a view pixel, along each axis.</param>
internal sealed record Overlay(byte[] Kinds, int Width, int Height, int Divisor)
{
    /// <summary>It moves.</summary>
    public const byte Moving = 0;

    /// <summary>It stands, and so does what is around it: it is as it was.</summary>
    public const byte Ground = 1;

    /// <summary>It stands over what moves.</summary>
    public const byte Over = 2;

    /// <summary>Whether anything stands over what moves.</summary>
    public bool IsOver { get; } = Kinds.Contains(Over);

    /// <summary>What stands by either.</summary>
    /// <param name="first">Null: nothing.</param>
    /// <param name="second">Of the same size.</param>
    public static Overlay Join(Overlay? first, Overlay second)
    {
        if (first is null)
            return second;
        var kinds = new byte[second.Kinds.Length];
        BytePixels.Each<BytePixels.Largest>(first.Kinds, second.Kinds, kinds);
        return new Overlay(kinds, second.Width, second.Height, second.Divisor);
    }

    /// <summary>Tells which samples in a row of a plane stand, wholly or in part.</summary>
    /// <param name="layout">Of the frame.</param>
    /// <param name="plane">One of its planes.</param>
    /// <param name="y">The row.</param>
    /// <param name="least">What counts: this kind or a higher one.</param>
    /// <param name="row">Filled, a value a sample.</param>
    /// <returns>Whether there are any.</returns>
    public bool Row(PixelLayout layout, int plane, int y, byte least, Span<bool> row)
    {
        var (shiftX, shiftY) = layout.IsChroma(plane) ? (layout.ShiftX, layout.ShiftY) : (0, 0);
        int top = Math.Min((y << shiftY) / Divisor, Height - 1), bottom = Math.Min((((y + 1) << shiftY) - 1) / Divisor, Height - 1);
        row.Clear();
        var any = false;
        for (var v = top; v <= bottom; v++)
        {
            var line = Kinds.AsSpan(v * Width, Width);
            for (var u = 0; u < line.Length; u++)
            {
                if (line[u] < least)
                    continue;
                any = true;
                int left = (u * Divisor) >> shiftX, right = Math.Min((((u + 1) * Divisor - 1) >> shiftX) + 1, row.Length);
                if (left < right)
                    row[left..right].Fill(true);
            }
        }
        return any;
    }
}
