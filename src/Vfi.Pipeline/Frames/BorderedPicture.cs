namespace Vfi.Pipeline.Frames;

/// <summary>Where the picture lies in frames with black borders.</summary>
/// <param name="Shown">All that is not black.</param>
/// <param name="Sharp">Without lines beside a border that are darker than the picture, because it was scaled together with the border.</param>
internal sealed record BorderedPicture(FrameArea Shown, FrameArea Sharp)
{
    /// <summary>Above black, in 8-bit steps: what coding leaves of black lines on average. Dark pictures have more.</summary>
    private const double Noise = 2.5;

    /// <summary>Lines by which a border may differ from frame to frame.</summary>
    private const int Slack = 2;

    /// <summary>Narrower borders, as a share of the side, do no harm.</summary>
    private const double Least = 0.01;

    /// <summary>Lines beside a border that may be darker than the picture.</summary>
    private const int MostSoft = 3;

    /// <summary>A soft line's light, as a share of that of the picture behind it.</summary>
    private const double Soft = 0.85;

    /// <summary>Above black, in 8-bit steps, from which a line shows how light its neighbours should be.</summary>
    private const double Lit = 16;

    /// <summary>What most frames agree on, at each side alone: logos before a film, dark scenes and sequences of another shape are outvoted.</summary>
    /// <param name="frames">Some of a video, all of one size.</param>
    /// <param name="layout">Of the frames.</param>
    /// <returns>Null: there are no borders.</returns>
    public static BorderedPicture? Judge(IReadOnlyList<LightProfile> frames, PixelLayout layout)
    {
        var lit = frames.Where(f => f.Rows.Any(IsLit) && f.Columns.Any(IsLit)).ToList();
        if (lit.Count == 0)
            return null;
        int width = lit[0].Columns.Length, height = lit[0].Rows.Length;
        var (left, right) = Sides([.. lit.Select(f => f.Columns)]);
        var (top, bottom) = Sides([.. lit.Select(f => f.Rows)]);
        // Whole samples of chroma.
        int stepX = 1 << layout.ShiftX, stepY = 1 << layout.ShiftY;
        FrameArea Area(Func<Side, int, int> border)
        {
            int x = border(left, stepX), y = border(top, stepY), endX = border(right, stepX), endY = border(bottom, stepY);
            return new FrameArea(x, y, width - endX - x, height - endY - y);
        }
        var shown = Area((side, step) => side.Border / step * step);
        return (shown.Width, shown.Height) == (width, height) || shown.Width < width / 4 || shown.Height < height / 4 ? null
            : new BorderedPicture(shown, Area((side, step) => (side.Border + side.Soft + step - 1) / step * step));

        static bool IsLit(double light) => light > Noise;
    }

    private static (Side Low, Side High) Sides(IReadOnlyList<double[]> lines)
    {
        return (Of(lines), Of([.. lines.Select(l => l.Reverse().ToArray())]));

        static Side Of(IReadOnlyList<double[]> lines)
        {
            var sizes = lines.Select(l => Array.FindIndex(l, light => light > Noise)).Order().ToList();
            var near = sizes.Where(s => Math.Abs(s - sizes[sizes.Count / 2]) <= Slack).ToList();
            if (2 * near.Count < sizes.Count || near[0] < Least * lines[0].Length)
                return new Side(0, 0);
            var behind = near[0] + MostSoft;
            var bright = lines.Where(l => behind < l.Length && l[behind] >= Lit).ToList();
            var soft = bright.Count == 0 ? 0 : Enumerable.Range(1, MostSoft).LastOrDefault(k =>
            {
                var shares = bright.Select(l => l[near[0] + k - 1] / l[behind]).Order().ToList();
                return shares[shares.Count / 2] < Soft;
            });
            return new Side(near[0], soft);
        }
    }

    /// <summary>One side of a frame, in lines.</summary>
    /// <param name="Border">That are black.</param>
    /// <param name="Soft">That follow and are darker than the picture.</param>
    private readonly record struct Side(int Border, int Soft);
}
