using System.Buffers.Binary;
using System.Text;

namespace Vfi.Pipeline.Media;

/// <summary>Edit lists of MP4 and QuickTime files (ISO/IEC 14496-12, 8.6.6): what of a track's media is shown, and when.</summary>
internal static class EditLists
{
    private const int Header = 8;

    /// <summary>Marks streams whose edit list shows several parts: decoders leave out what lies between them, copies do not.</summary>
    public static MediaInfo Mark(MediaInfo media)
    {
        var cut = CutTracks(media.Path);
        return cut.Count == 0 ? media : media with { Streams = [.. media.Streams.Select(s => s with { IsCut = cut.Contains(s.TrackId) })] };
    }

    /// <summary>Ids of tracks with several parts; none where the file is no such file.</summary>
    private static HashSet<int> CutTracks(string path)
    {
        HashSet<int> cut = [];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        foreach (var moov in Boxes(file, 0, file.Length, "moov"))
        {
            foreach (var track in Boxes(file, moov.Start, moov.End, "trak"))
            {
                var parts = Boxes(file, track.Start, track.End, "edts").SelectMany(e => Boxes(file, e.Start, e.End, "elst")).Sum(e => Parts(file, e));
                if (parts > 1)
                    cut.UnionWith(Boxes(file, track.Start, track.End, "tkhd").Select(t => Id(file, t)));
            }
        }
        return cut;
    }

    /// <summary>The contents of all boxes of a type within others.</summary>
    private static List<(long Start, long End)> Boxes(FileStream file, long from, long to, string type)
    {
        List<(long, long)> found = [];
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
                found.Add((start, at + size));
        }
        return found;
    }

    /// <summary>Entries that show media: the others are pauses.</summary>
    private static int Parts(FileStream file, (long Start, long End) list)
    {
        var bytes = new byte[Math.Min(list.End - list.Start, 1 << 20)];
        file.Position = list.Start;
        var data = bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        if (data.Length < Header)
            return 0;
        var isLong = data[0] == 1;
        var (entry, time) = isLong ? (20, 8) : (12, 4);
        var parts = 0;
        for (var at = Header; at + entry <= data.Length; at += entry)
        {
            var duration = isLong ? BinaryPrimitives.ReadInt64BigEndian(data[at..]) : BinaryPrimitives.ReadUInt32BigEndian(data[at..]);
            var start = isLong ? BinaryPrimitives.ReadInt64BigEndian(data[(at + time)..]) : BinaryPrimitives.ReadInt32BigEndian(data[(at + time)..]);
            parts += duration > 0 && start >= 0 ? 1 : 0;
        }
        return parts;
    }

    /// <summary>From a track's header; 0: there is none.</summary>
    private static int Id(FileStream file, (long Start, long End) header)
    {
        Span<byte> data = stackalloc byte[24];
        file.Position = header.Start;
        if (file.ReadAtLeast(data, data.Length, throwOnEndOfStream: false) < data.Length)
            return 0;
        // Behind version and flags, and two times of 4 bytes, or in version 1 of 8.
        return BinaryPrimitives.ReadInt32BigEndian(data[(data[0] == 1 ? 20 : 12)..]);
    }
}
