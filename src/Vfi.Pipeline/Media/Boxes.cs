using System.Buffers.Binary;
using System.Text;

namespace Vfi.Pipeline.Media;

/// <summary>The boxes that MP4 and QuickTime files consist of (ISO/IEC 14496-12).</summary>
internal static class Boxes
{
    /// <summary>Size and type, of 4 bytes each.</summary>
    public const int Header = 8;

    /// <summary>The tracks with their ids; none where the file is no such file.</summary>
    public static IEnumerable<(int Id, Box Box)> Tracks(FileStream file) =>
        Find(file, new Box(0, 0, file.Length), "moov", "trak").Select(t => (Find(file, t, "tkhd").Select(header => Id(file, header)).FirstOrDefault(), t));

    /// <summary>All boxes that a path of types leads to from another.</summary>
    public static IEnumerable<Box> Find(FileStream file, Box box, params string[] path) =>
        path.Aggregate((IEnumerable<Box>)[box], (boxes, type) => boxes.SelectMany(b => Find(file, b.Start, b.End, type)));

    /// <summary>All boxes of a type among those that follow one another in a part of a file; what is behind a damaged one is not looked at.</summary>
    public static List<Box> Find(FileStream file, long from, long to, string type)
    {
        List<Box> found = [];
        Span<byte> header = stackalloc byte[2 * Header];
        for (long at = from, size; at + Header <= to; at += size)
        {
            file.Position = at;
            var read = file.ReadAtLeast(header, 2 * Header, throwOnEndOfStream: false);
            size = read < Header ? 0 : BinaryPrimitives.ReadUInt32BigEndian(header);
            var start = at + Header;
            // 1: the size follows in 64 bits; 0: to the end.
            if (size == 1 && read == 2 * Header)
                (size, start) = (BinaryPrimitives.ReadInt64BigEndian(header[Header..]), start + Header);
            else if (size == 0)
                size = to - at;
            if (size < start - at || size > to - at)
                break;
            if (Encoding.ASCII.GetString(header[4..Header]) == type)
                found.Add(new Box(at, start, at + size));
        }
        return found;
    }

    /// <summary>From a track's header; 0: there is none.</summary>
    private static int Id(FileStream file, Box header)
    {
        var data = file.ReadAt(header.Start, 24);
        // Behind version and flags, and two times of 4 bytes, or in version 1 of 8.
        return data.Length < 24 ? 0 : BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(data[0] == 1 ? 20 : 12));
    }
}

/// <summary>Where a box lies in its file.</summary>
/// <param name="At">Its header.</param>
/// <param name="Start">Its contents.</param>
/// <param name="End">What follows it.</param>
internal readonly record struct Box(long At, long Start, long End);
