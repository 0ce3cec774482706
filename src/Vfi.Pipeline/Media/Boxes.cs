using System.Buffers.Binary;
using System.Text;

namespace Vfi.Pipeline.Media;

/// <summary>The boxes that MP4 and QuickTime files consist of (ISO/IEC 14496-12).</summary>
internal static class Boxes
{
    /// <summary>Size and type, of 4 bytes each.</summary>
    public const int Header = 8;

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
}

/// <summary>Where a box lies in its file.</summary>
/// <param name="At">Its header.</param>
/// <param name="Start">Its contents.</param>
/// <param name="End">What follows it.</param>
internal readonly record struct Box(long At, long Start, long End);
