using System.Numerics;
using static Vfi.Pipeline.Interpolation.Overlays.BytePixels;

namespace Vfi.Pipeline.Interpolation.Overlays;

/// <summary>
/// Finds what stands over a moving picture: thin things with edges that are the same in four pictures running, while much of what is
/// around them changes. A picture that stands itself is thick: its parts that stand reach far to all sides. What is found does not depend on
/// threads or vector width.
/// </summary>
/// <param name="width">Of views, without padding.</param>
/// <param name="height">Likewise.</param>
/// <param name="threads">Threads for rows.</param>
internal sealed class OverlayFinder(int width, int height, int threads)
{
    /// <summary>Pictures that are looked at together.</summary>
    public const int Pictures = 4;

    // In 8-bit steps of luma.

    /// <summary>How much a pixel that stands may change.</summary>
    private const int Noise = 4;

    /// <summary>The same as a share of the contrast around it, in powers of a half: beside edges lossy coding leaves more.</summary>
    private const int EdgeNoise = 4;

    /// <summary>Contrast within 5x5 pixels from which there is an edge.</summary>
    private const int Edge = 40;

    /// <summary>Change from which a pixel is sure to change; at least twice what one that stands may.</summary>
    private const int Change = 20;

    /// <summary>A picture that is shown twice changes less than one part in so many of what the others do.</summary>
    private const int Repeat = 16;

    // In pixels of the view.

    /// <summary>Half the size of what is too thick for an overlay.</summary>
    private const int Thick = 9;

    /// <summary>Half the size of what is around a pixel.</summary>
    private const int Around = 16;

    /// <summary>Half the size within which an overlay has more than specks.</summary>
    private const int Near = 6;

    /// <summary>How far less sure pixels that touch sure ones are taken.</summary>
    private const int Growth = 3;

    /// <summary>Share of the pixels that stand in what is thick, the rest being holes that noise makes.</summary>
    private const float Solid = 0.9f;

    /// <summary>Share of what is around an overlay that changes at least.</summary>
    private const float Changing = 0.25f;

    /// <summary>Share that an overlay has of what is near.</summary>
    private const float Dense = 0.15f;

    private readonly byte[] _range = new byte[width * height];
    private readonly byte[] _contrast = new byte[width * height];

    // 1 or 0 a pixel.
    private readonly byte[] _stands = new byte[width * height];
    private readonly byte[] _thick = new byte[width * height];
    private readonly byte[] _found = new byte[width * height];
    private readonly byte[] _mask = new byte[width * height];
    private readonly byte[] _near = new byte[width * height];

    /// <summary>A view's luma in steps of 8 bits.</summary>
    public static byte[] Steps(ReadOnlySpan<float> luma)
    {
        var steps = new byte[luma.Length];
        for (var i = 0; i < steps.Length; i++)
            steps[i] = (byte)Math.Clamp(luma[i] * 255 + 0.5f, 0, 255);
        return steps;
    }

    /// <param name="pictures">Luma of <see cref="Pictures"/> views, one after the other.</param>
    /// <returns>What each pixel of the view belongs to, see <see cref="Overlay"/>; null: all of them move, or two pictures are one shown twice.</returns>
    public byte[]? Find(IReadOnlyList<byte[]> pictures)
    {
        var changed = Enumerable.Range(1, Pictures - 1).Select(n => Changed(pictures[n - 1], pictures[n])).ToList();
        // What stands in a picture and its repeat says nothing of what moves.
        if (changed.Min() < changed.Max() / Repeat)
            return null;
        Compare(pictures[0], pictures[1], pictures[2], pictures[3]);
        FindStanding();
        var over = FindOver();
        Each<Both>(_stands, _thick, _found);
        if (!over && !Any(_found))
            return null;
        var kinds = new byte[width * height];
        if (over)
            Each<Twice>(_near, _near, kinds);
        Each<Largest>(kinds, _found, kinds);
        return kinds;
    }

    /// <summary>How many pixels are sure to change from one picture to another.</summary>
    private static int Changed(byte[] first, byte[] second)
    {
        var count = 0;
        for (var i = 0; i < first.Length; i++)
            count += Math.Abs(first[i] - second[i]) > Change ? 1 : 0;
        return count;
    }

    private static bool Any(byte[] pixels) => pixels.AsSpan().Contains((byte)1);

    /// <summary>How much each pixel changes, and the contrast around it.</summary>
    private void Compare(byte[] a, byte[] b, byte[] c, byte[] d)
    {
        Each<Smallest>(a, b, _mask);
        Each<Smallest>(_mask, c, _mask);
        Each<Smallest>(_mask, d, _mask);
        Each<Largest>(a, b, _range);
        Each<Largest>(_range, c, _range);
        Each<Largest>(_range, d, _range);
        Each<Difference>(_range, _mask, _range);
        Each<Middle>(_range, _mask, _found);
        RowParallel.For(height, threads, (from, end) =>
        {
            // Rows with two pixels more on either side, which repeat the edges.
            byte[] highest = new byte[width + 4], lowest = new byte[width + 4], least = new byte[width];
            Span<byte> high = highest.AsSpan(2, width), low = lowest.AsSpan(2, width);
            for (var y = from; y < end; y++)
            {
                var top = Math.Max(0, y - 2);
                _found.AsSpan(top * width, width).CopyTo(high);
                high.CopyTo(low);
                for (var v = top + 1; v <= Math.Min(height - 1, y + 2); v++)
                {
                    var row = _found.AsSpan(v * width, width);
                    Each<Largest>(high, row, high);
                    Each<Smallest>(low, row, low);
                }
                highest.AsSpan(0, 2).Fill(high[0]);
                highest.AsSpan(width + 2).Fill(high[^1]);
                lowest.AsSpan(0, 2).Fill(low[0]);
                lowest.AsSpan(width + 2).Fill(low[^1]);
                var contrast = _contrast.AsSpan(y * width, width);
                highest.AsSpan(0, width).CopyTo(contrast);
                lowest.AsSpan(0, width).CopyTo(least);
                for (var u = 1; u < 5; u++)
                {
                    Each<Largest>(contrast, highest.AsSpan(u, width), contrast);
                    Each<Smallest>(least, lowest.AsSpan(u, width), least);
                }
                Each<Difference>(contrast, least, contrast);
            }
        });
    }

    /// <summary>Tells what stands, and of that what is thick.</summary>
    private void FindStanding()
    {
        Each<Stands>(_range, _contrast, _found);
        AtLeast(_found, 1, 3, 0, _mask);
        Each<Both>(_found, _mask, _stands);
        AtLeast(_stands, Thick, 1, Solid, _mask);
        AtLeast(_mask, Thick, 1, 0, _thick);
    }

    /// <summary>Fills <see cref="_near"/> with what stands over a moving picture.</summary>
    /// <returns>Whether there is any.</returns>
    private bool FindOver()
    {
        // Thin, with edges.
        Each<Besides>(_stands, _thick, _found);
        Each<AtEdge>(_found, _contrast, _found);
        if (!Any(_found))
            return false;
        // Around it, much changes.
        Each<Changes>(_range, _contrast, _mask);
        AtLeast(_mask, Around, 1, Changing, _near);
        Each<Both>(_found, _near, _found);
        // It is more than specks.
        AtLeast(_found, Near, 1, Dense, _near);
        Each<Both>(_found, _near, _found);
        if (!Any(_found))
            return false;
        Each<NearlyStands>(_range, _contrast, _mask);
        Each<Besides>(_mask, _thick, _mask);
        Each<AtEdge>(_mask, _contrast, _mask);
        for (var step = 0; step < Growth; step++)
        {
            AtLeast(_found, 1, 1, 0, _near);
            Each<Both>(_near, _mask, _near);
            Each<Largest>(_found, _near, _found);
        }
        // With the edges that are mixed with what moves.
        AtLeast(_found, 1, 1, 0, _near);
        return true;
    }

    private void AtLeast(byte[] pixels, int reach, int count, float share, byte[] result) => BytePixels.AtLeast(pixels, width, height, reach, count, share, result, threads);

    /// <summary>How much a pixel may change and stand, by the contrast around it.</summary>
    private static Vector<byte> Limit(Vector<byte> contrast) => Vector.Max(new Vector<byte>(Noise), contrast >> EdgeNoise);

    // Of how much a pixel changes and the contrast around it; 1 or 0.

    private readonly struct Stands : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => Vector.LessThanOrEqual(a, Limit(b)) & Vector<byte>.One;
    }

    private readonly struct NearlyStands : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => Vector.LessThanOrEqual(a, Limit(b) + (Limit(b) >> 1)) & Vector<byte>.One;
    }

    private readonly struct Changes : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => Vector.GreaterThan(a, Vector.Max(new Vector<byte>(Change), Limit(b) << 1)) & Vector<byte>.One;
    }

    private readonly struct AtEdge : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => Vector.GreaterThanOrEqual(b, new Vector<byte>(Edge)) & a;
    }
}
