using System.Numerics;
using System.Runtime.InteropServices;

namespace Vfi.Pipeline.Interpolation.Overlays;

/// <summary>
/// Finds what stands over a moving picture: thin things with edges that are the same in four pictures running, while much of what is
/// around them changes. A picture that stands itself is thick: its parts that stand reach far to all sides.
/// </summary>
/// <param name="width">Of views, without padding.</param>
/// <param name="height">Likewise.</param>
internal sealed class OverlayFinder(int width, int height)
{
    /// <summary>Pictures that are looked at together.</summary>
    public const int Pictures = 4;

    // In 8-bit steps of luma.

    /// <summary>How much a pixel that stands may change.</summary>
    private const int Noise = 4;

    /// <summary>The same as a share of the contrast around it, 1 to this: beside edges lossy coding leaves more.</summary>
    private const int EdgeNoise = 16;

    /// <summary>Contrast within 5x5 pixels from which there is an edge.</summary>
    private const int Edge = 40;

    /// <summary>Change from which a pixel is sure to change; at least twice what one that stands may.</summary>
    private const int Change = 20;

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

    /// <summary>Share of what is around an overlay that changes at least: of all, and of what is not the overlay.</summary>
    private const float Changing = 0.15f, ChangingBesides = 0.3f;

    /// <summary>Share that an overlay has of what is near.</summary>
    private const float Dense = 0.15f;

    private readonly byte[] _range = new byte[width * height];
    private readonly byte[] _contrast = new byte[width * height];
    private readonly byte[] _work = new byte[width * height];
    private readonly byte[] _more = new byte[width * height];
    private readonly byte[] _stands = new byte[width * height];
    private readonly byte[] _thick = new byte[width * height];
    private readonly ushort[] _counts = new ushort[width * height];
    private readonly ushort[] _others = new ushort[width * height];
    private readonly ushort[] _columns = new ushort[width];

    /// <summary>A view's luma in steps of 8 bits.</summary>
    public static byte[] Steps(ReadOnlySpan<float> luma)
    {
        var steps = new byte[luma.Length];
        for (var i = 0; i < steps.Length; i++)
            steps[i] = (byte)Math.Clamp(luma[i] * 255 + 0.5f, 0, 255);
        return steps;
    }

    /// <param name="pictures">Luma of <see cref="Pictures"/> views, one after the other.</param>
    /// <returns>1 for each pixel of the view that something covers which stands over the picture, else 0; null: there is none.</returns>
    public byte[]? Find(IReadOnlyList<byte[]> pictures)
    {
        Compare(pictures[0], pictures[1], pictures[2], pictures[3]);
        if (!FindEdges())
            return null;
        // Around them, much changes; and they are more than specks.
        for (var i = 0; i < _work.Length; i++)
            _more[i] = _range[i] > Math.Max(Change, 2 * Limit(i)) ? (byte)1 : (byte)0;
        Count(_more, Around, _counts);
        Count(_work, Around, _others);
        Keep(Around, (i, area) => _counts[i] >= Changing * area && _counts[i] >= ChangingBesides * (area - _others[i]));
        Count(_work, Near, _counts);
        if (!Keep(Near, (i, area) => _counts[i] >= Dense * area))
            return null;
        for (var step = 0; step < Growth; step++)
        {
            Count(_work, 1, _counts);
            for (var i = 0; i < _work.Length; i++)
            {
                if (_counts[i] > 0 && _contrast[i] >= Edge && _thick[i] == 0 && 2 * _range[i] <= 3 * Limit(i))
                    _work[i] = 1;
            }
        }
        // With the edges that are mixed with what moves.
        Count(_work, 1, _counts);
        return [.. _counts.Select(n => n > 0 ? (byte)1 : (byte)0)];
    }

    /// <summary>How much a pixel may change and stand.</summary>
    private int Limit(int i) => Math.Max(Noise, _contrast[i] / EdgeNoise);

    /// <summary>How much each pixel changes, and the contrast around it.</summary>
    private void Compare(byte[] a, byte[] b, byte[] c, byte[] d)
    {
        static Span<Vector<byte>> Vectors(byte[] pixels) => MemoryMarshal.Cast<byte, Vector<byte>>(pixels.AsSpan());
        Span<Vector<byte>> va = Vectors(a), vb = Vectors(b), vc = Vectors(c), vd = Vectors(d), range = Vectors(_range), middle = Vectors(_work);
        for (var i = 0; i < va.Length; i++)
        {
            var low = Vector.Min(Vector.Min(va[i], vb[i]), Vector.Min(vc[i], vd[i]));
            range[i] = Vector.Max(Vector.Max(va[i], vb[i]), Vector.Max(vc[i], vd[i])) - low;
            middle[i] = low + (range[i] >> 1);
        }
        for (var i = va.Length * Vector<byte>.Count; i < a.Length; i++)
        {
            var low = Math.Min(Math.Min(a[i], b[i]), Math.Min(c[i], d[i]));
            _range[i] = (byte)(Math.Max(Math.Max(a[i], b[i]), Math.Max(c[i], d[i])) - low);
            _work[i] = (byte)(low + (_range[i] >> 1));
        }
        Span<byte> highest = new byte[width], lowest = new byte[width];
        for (var y = 0; y < height; y++)
        {
            var row = _work.AsSpan(Math.Max(0, y - 2) * width, width);
            row.CopyTo(highest);
            row.CopyTo(lowest);
            for (var v = Math.Max(0, y - 2) + 1; v <= Math.Min(height - 1, y + 2); v++)
            {
                row = _work.AsSpan(v * width, width);
                for (var x = 0; x < width; x++)
                {
                    highest[x] = Math.Max(highest[x], row[x]);
                    lowest[x] = Math.Min(lowest[x], row[x]);
                }
            }
            for (var x = 0; x < width; x++)
            {
                byte high = 0, low = 255;
                for (var u = Math.Max(0, x - 2); u <= Math.Min(width - 1, x + 2); u++)
                {
                    high = Math.Max(high, highest[u]);
                    low = Math.Min(low, lowest[u]);
                }
                _contrast[y * width + x] = (byte)(high - low);
            }
        }
    }

    /// <summary>Fills <see cref="_work"/> with the edges of what stands and is not thick.</summary>
    /// <returns>Whether there are any.</returns>
    private bool FindEdges()
    {
        for (var i = 0; i < _work.Length; i++)
            _work[i] = _range[i] <= Limit(i) ? (byte)1 : (byte)0;
        Count(_work, 1, _counts);
        for (var i = 0; i < _work.Length; i++)
            _stands[i] = _work[i] != 0 && _counts[i] >= 3 ? (byte)1 : (byte)0;
        Count(_stands, Thick, _counts);
        _work.AsSpan().Fill(1);
        Keep(Thick, (i, area) => _counts[i] >= Solid * area);
        Count(_work, Thick, _counts);
        var any = false;
        for (var i = 0; i < _work.Length; i++)
        {
            _thick[i] = _counts[i] > 0 ? (byte)1 : (byte)0;
            _work[i] = _stands[i] != 0 && _thick[i] == 0 && _contrast[i] >= Edge ? (byte)1 : (byte)0;
            any |= _work[i] != 0;
        }
        return any;
    }

    /// <summary>Clears the pixels of <see cref="_work"/> that fail a test of their place and the number of pixels around it.</summary>
    /// <returns>Whether any is left.</returns>
    private bool Keep(int reach, Func<int, int, bool> test)
    {
        var any = false;
        for (var y = 0; y < height; y++)
        {
            var rows = Math.Min(height - 1, y + reach) - Math.Max(0, y - reach) + 1;
            for (var x = 0; x < width; x++)
            {
                var i = y * width + x;
                if (_work[i] == 0)
                    continue;
                if (test(i, rows * (Math.Min(width - 1, x + reach) - Math.Max(0, x - reach) + 1)))
                    any = true;
                else
                    _work[i] = 0;
            }
        }
        return any;
    }

    /// <summary>How many of the pixels within <paramref name="reach"/> of each are 1, along both axes and inside of the picture.</summary>
    private void Count(byte[] pixels, int reach, ushort[] counts)
    {
        Array.Clear(_columns);
        for (var y = 0; y < Math.Min(reach, height); y++)
            Add(pixels.AsSpan(y * width, width));
        for (var y = 0; y < height; y++)
        {
            if (y + reach < height)
                Add(pixels.AsSpan((y + reach) * width, width));
            if (y > reach)
                Subtract(pixels.AsSpan((y - reach - 1) * width, width));
            var row = counts.AsSpan(y * width, width);
            var sum = 0;
            for (var x = 0; x < Math.Min(reach, width); x++)
                sum += _columns[x];
            for (var x = 0; x < row.Length; x++)
            {
                if (x + reach < row.Length)
                    sum += _columns[x + reach];
                if (x > reach)
                    sum -= _columns[x - reach - 1];
                row[x] = (ushort)sum;
            }
        }
    }

    private void Add(ReadOnlySpan<byte> row)
    {
        for (var x = 0; x < row.Length; x++)
            _columns[x] += row[x];
    }

    private void Subtract(ReadOnlySpan<byte> row)
    {
        for (var x = 0; x < row.Length; x++)
            _columns[x] -= row[x];
    }
}
