using System.Numerics;
using System.Runtime.InteropServices;

namespace Vfi.Pipeline.Interpolation.Overlays;

/// <summary>Pictures of a byte a pixel: operations pixel by pixel, and counts of what is around each.</summary>
internal static class BytePixels
{
    /// <summary>Fills <paramref name="result"/>, which may be one of the operands.</summary>
    public static void Each<T>(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> result) where T : struct, IOperation
    {
        ReadOnlySpan<Vector<byte>> a = MemoryMarshal.Cast<byte, Vector<byte>>(first), b = MemoryMarshal.Cast<byte, Vector<byte>>(second);
        var r = MemoryMarshal.Cast<byte, Vector<byte>>(result);
        for (var i = 0; i < r.Length; i++)
            r[i] = T.Of(a[i], b[i]);
        for (var i = r.Length * Vector<byte>.Count; i < result.Length; i++)
            result[i] = T.Of(new Vector<byte>(first[i]), new Vector<byte>(second[i]))[0];
    }

    /// <summary>Tells where so many of the pixels within <paramref name="reach"/> of one, along both axes and inside of the picture, are 1, and such a share of them.</summary>
    public static void AtLeast(byte[] pixels, int width, int height, int reach, int count, float share, byte[] result, int threads) => RowParallel.For(height, threads, (from, end) =>
    {
        // Sums of columns, with zeros beside them.
        var padded = new ushort[width + 2 * reach + 1];
        var columns = padded.AsSpan(reach + 1, width);
        ReadOnlySpan<ushort> come = padded.AsSpan(2 * reach + 1), go = padded;
        var least = new int[width];
        var rows = 0;
        for (var y = Math.Max(0, from - reach); y < Math.Min(from + reach, height); y++)
            Add(columns, pixels.AsSpan(y * width, width), 1);
        for (var y = from; y < end; y++)
        {
            if (y + reach < height)
                Add(columns, pixels.AsSpan((y + reach) * width, width), 1);
            if (y > from && y > reach)
                Add(columns, pixels.AsSpan((y - reach - 1) * width, width), -1);
            var inside = Math.Min(height, y + reach + 1) - Math.Max(0, y - reach);
            if (rows != inside)
            {
                rows = inside;
                for (var x = 0; x < width; x++)
                    least[x] = Math.Max(count, (int)MathF.Ceiling(share * rows * (Math.Min(width, x + reach + 1) - Math.Max(0, x - reach))));
            }
            var row = result.AsSpan(y * width, width);
            var sum = 0;
            for (var x = 0; x < Math.Min(reach, width); x++)
                sum += columns[x];
            for (var x = 0; x < row.Length; x++)
            {
                sum += (x < come.Length ? come[x] : 0) - go[x];
                row[x] = (byte)(sum >= least[x] ? 1 : 0);
            }
        }
    });

    /// <param name="columns">A sum a column.</param>
    /// <param name="row">What is added to them.</param>
    /// <param name="times">1 or -1.</param>
    private static void Add(Span<ushort> columns, ReadOnlySpan<byte> row, int times)
    {
        var factor = unchecked((ushort)times);
        var sums = MemoryMarshal.Cast<ushort, Vector<ushort>>(columns);
        var vectors = MemoryMarshal.Cast<byte, Vector<byte>>(row);
        for (var i = 0; i < vectors.Length; i++)
        {
            Vector.Widen(vectors[i], out var low, out var high);
            sums[2 * i] += low * factor;
            sums[2 * i + 1] += high * factor;
        }
        for (var x = vectors.Length * Vector<byte>.Count; x < row.Length; x++)
            columns[x] = unchecked((ushort)(columns[x] + times * row[x]));
    }

    public interface IOperation
    {
        static abstract Vector<byte> Of(Vector<byte> a, Vector<byte> b);
    }

    public readonly struct Largest : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => Vector.Max(a, b);
    }

    public readonly struct Smallest : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => Vector.Min(a, b);
    }

    public readonly struct Both : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => a & b;
    }

    public readonly struct Besides : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => Vector.AndNot(a, b);
    }

    public readonly struct Twice : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => a + b;
    }

    /// <summary>Half of the first more than the second.</summary>
    public readonly struct Middle : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => b + (a >> 1);
    }

    public readonly struct Difference : IOperation
    {
        public static Vector<byte> Of(Vector<byte> a, Vector<byte> b) => a - b;
    }
}
