using System.Numerics;
using System.Runtime.InteropServices;

namespace Vfi.Pipeline.Interpolation;

/// <summary>What lies between two source frames.</summary>
public enum PairKind
{
    /// <summary>Something moves: interpolate.</summary>
    Motion,

    /// <summary>Nothing visible changes: show the nearer frame.</summary>
    Still,

    /// <summary>The scene changes: show the nearer frame.</summary>
    Cut,
}

/// <summary>
/// Tells motion from stills and scene cuts by the reduced luma of two frames alone, so that a decision does not
/// depend on where decoding began.
/// </summary>
/// <remarks>
/// Still: no 8×8 block of the view changes by more than <paramref name="stillThreshold"/> on average.
/// Cut: on thumbnails, each 8×8 block of one frame looks for its match in the other within an eighth of the width, by
/// absolute differences less each block's mean, and with a mean that has changed about as the whole picture's (so
/// that fades and flashes do not count). The share of those that find none is the cut score; smooth blocks, which match
/// any other, hardly count. Pans and fast objects find their match, another scene does not.
/// </remarks>
/// <param name="cutThreshold">Cut score, 0 to 1, from which a pair is a cut; 0 switches the test off.</param>
/// <param name="stillThreshold">Mean change of luma (0 to 1) up to which a block stands still.</param>
public sealed class PairClassifier(double cutThreshold, double stillThreshold)
{
    public const double DefaultCutThreshold = 0.5;

    /// <summary>A tenth of an 8-bit step: only copies pass, with the noise of a lossy encoder's skipped blocks.</summary>
    public const double DefaultStillThreshold = 0.1 / 255;

    private const int ThumbnailWidth = 96;
    private const int Block = 8;

    /// <summary>Steps of 255 that a block's mean may differ, the whole picture's change apart.</summary>
    private const float MeanSlack = 24;

    /// <summary>Mean steps of 255 from a block's mean from which it has texture.</summary>
    private const float Textured = 4;

    /// <summary>Mean steps of 255 by which matching blocks may always differ.</summary>
    private const float Slack = 6;

    /// <summary>Share of its texture by which a block's match may differ: motion blur and what turns or deforms leave half of it and more.</summary>
    private const float TextureSlack = 0.75f;

    /// <summary>Share of all blocks that count at least: what moves wildly before a smooth ground, as birds before the sky, is no cut.</summary>
    private const double LeastShare = 0.8;

    public PairKind Classify(ReducedView first, ReducedView second)
    {
        if (IsStill(first, second))
            return PairKind.Still;
        return cutThreshold > 0 && CutScore(first, second) >= cutThreshold ? PairKind.Cut : PairKind.Motion;
    }

    /// <summary>Mean change of luma (0 to 1) up to which a block stands still.</summary>
    internal double StillThreshold => stillThreshold;

    /// <summary>The largest mean change of luma, 0 to 1, of a block of 8×8 view pixels.</summary>
    internal static double Change(ReducedView first, ReducedView second) => Change(first, second, double.PositiveInfinity);

    private bool IsStill(ReducedView first, ReducedView second) => Change(first, second, stillThreshold) <= stillThreshold;

    /// <summary>As above, or of the first rows that reach beyond a limit.</summary>
    private static double Change(ReducedView first, ReducedView second, double limit)
    {
        int w = first.ContentWidth, h = first.ContentHeight;
        var sums = new float[(w + Block - 1) / Block];
        var largest = 0.0;
        for (var top = 0; top < h && largest <= limit; top += Block)
        {
            Array.Clear(sums);
            var rows = Math.Min(Block, h - top);
            for (var y = top; y < top + rows; y++)
            {
                for (var b = 0; b < sums.Length; b++)
                {
                    var from = y * w + b * Block;
                    var count = Math.Min(Block, w - b * Block);
                    float sum = 0;
                    for (var i = 0; i < count; i++)
                        sum += MathF.Abs(first.Luma[from + i] - second.Luma[from + i]);
                    sums[b] += sum;
                }
            }
            for (var b = 0; b < sums.Length; b++)
                largest = Math.Max(largest, sums[b] / (rows * Math.Min(Block, w - b * Block)));
        }
        return largest;
    }

    /// <summary>Share of textured blocks without a match, the larger of both directions: 0 (same scene) to 1.</summary>
    internal static double CutScore(ReducedView first, ReducedView second)
    {
        var (a, w, h) = Thumbnail(first);
        var (b, _, _) = Thumbnail(second);
        if (w < 2 * Block || h < 2 * Block || MeanDifference(a, b) < 8)
            return 0;
        return Math.Max(Unmatched(a, b, w, h), Unmatched(b, a, w, h));
    }

    private static double Unmatched(float[] a, float[] b, int w, int h)
    {
        int reachX = w / 8, reachY = Math.Max(2, h / 12);
        int lost = 0, smooth = 0, blocks = 0;
        Span<float> block = stackalloc float[Block * Block];
        var change = Mean(b) - Mean(a);
        for (var y = 0; y + Block <= h; y += Block)
        {
            for (var x = 0; x + Block <= w; x += Block)
            {
                var mean = Take(a, w, x, y, block) + change;
                var texture = SumAbsolute(block);
                blocks++;
                // A block matches when what is left is small, absolutely or against its texture.
                var limit = Math.Max(Slack * block.Length, TextureSlack * texture);
                if (!HasMatch(block, mean, b, w, h, x, y, reachX, reachY, limit))
                    lost++;
                else if (texture <= Textured * block.Length)
                    smooth++;
            }
        }
        return lost / Math.Max(blocks - smooth, LeastShare * blocks);
    }

    private static bool HasMatch(
        ReadOnlySpan<float> block, float mean, float[] b, int w, int h, int x, int y, int reachX, int reachY, float limit)
    {
        Span<float> other = stackalloc float[Block * Block];
        for (var v = Math.Max(0, y - reachY); v <= Math.Min(h - Block, y + reachY); v++)
        {
            for (var u = Math.Max(0, x - reachX); u <= Math.Min(w - Block, x + reachX); u++)
            {
                if (MathF.Abs(Take(b, w, u, v, other) - mean) <= MeanSlack && Difference(block, other) <= limit)
                    return true;
            }
        }
        return false;
    }

    private static float Mean(float[] picture)
    {
        float sum = 0;
        foreach (var v in picture)
            sum += v;
        return sum / picture.Length;
    }

    /// <summary>Fills <paramref name="block"/> with the samples less their mean, which it returns.</summary>
    private static float Take(float[] picture, int w, int x, int y, Span<float> block)
    {
        var sum = Vector<float>.Zero;
        for (var j = 0; j < Block; j++)
        {
            var row = picture.AsSpan((y + j) * w + x, Block);
            row.CopyTo(block[(j * Block)..]);
        }
        foreach (var v in MemoryMarshal.Cast<float, Vector<float>>(block))
            sum += v;
        var mean = Vector.Sum(sum) / block.Length;
        foreach (ref var v in MemoryMarshal.Cast<float, Vector<float>>(block))
            v -= new Vector<float>(mean);
        return mean;
    }

    private static float SumAbsolute(ReadOnlySpan<float> block)
    {
        var sum = Vector<float>.Zero;
        foreach (var v in MemoryMarshal.Cast<float, Vector<float>>(block))
            sum += Vector.Abs(v);
        return Vector.Sum(sum);
    }

    private static float Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector<float>.Zero;
        var x = MemoryMarshal.Cast<float, Vector<float>>(a);
        var y = MemoryMarshal.Cast<float, Vector<float>>(b);
        for (var i = 0; i < x.Length; i++)
            sum += Vector.Abs(x[i] - y[i]);
        return Vector.Sum(sum);
    }

    private static float MeanDifference(float[] a, float[] b)
    {
        float sum = 0;
        for (var i = 0; i < a.Length; i++)
            sum += MathF.Abs(a[i] - b[i]);
        return sum / a.Length;
    }

    /// <summary>Luma 0 to 255, box-averaged to about <see cref="ThumbnailWidth"/> columns.</summary>
    private static (float[] Pixels, int Width, int Height) Thumbnail(ReducedView view)
    {
        var cell = Math.Max(1, view.ContentWidth / ThumbnailWidth);
        int w = view.ContentWidth / cell, h = view.ContentHeight / cell;
        var pixels = new float[w * h];
        var k = 255f / (cell * cell);
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                float sum = 0;
                for (var j = 0; j < cell; j++)
                {
                    var row = (y * cell + j) * view.ContentWidth + x * cell;
                    for (var i = 0; i < cell; i++)
                        sum += view.Luma[row + i];
                }
                pixels[y * w + x] = sum * k;
            }
        }
        return (pixels, w, h);
    }
}
