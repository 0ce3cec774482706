using System.Buffers.Binary;

namespace Vfi.Pipeline.Media;

/// <summary>Edit lists of MP4 and QuickTime files (ISO/IEC 14496-12, 8.6.6): what of a track's media is shown, and when.</summary>
internal static class EditLists
{
    /// <summary>Marks streams whose edit list shows several parts: decoders leave out what lies between them, copies do not.</summary>
    public static MediaInfo Mark(MediaInfo media, FileStream file, IEnumerable<(int Id, Box Box)> tracks)
    {
        var cut = tracks.Where(t => Boxes.Find(file, t.Box, "edts", "elst").Sum(list => Parts(file, list)) > 1).Select(t => t.Id).ToHashSet();
        return cut.Count == 0 ? media : media with { Streams = [.. media.Streams.Select(s => s with { IsCut = cut.Contains(s.TrackId) })] };
    }

    /// <summary>Entries that show media: the others are pauses.</summary>
    private static int Parts(FileStream file, Box list)
    {
        ReadOnlySpan<byte> data = file.ReadAt(list.Start, (int)Math.Min(list.End - list.Start, 1 << 20));
        if (data.Length < Boxes.Header)
            return 0;
        var isLong = data[0] == 1;
        var (entry, time) = isLong ? (20, 8) : (12, 4);
        var parts = 0;
        for (var at = Boxes.Header; at + entry <= data.Length; at += entry)
        {
            var duration = isLong ? BinaryPrimitives.ReadInt64BigEndian(data[at..]) : BinaryPrimitives.ReadUInt32BigEndian(data[at..]);
            var start = isLong ? BinaryPrimitives.ReadInt64BigEndian(data[(at + time)..]) : BinaryPrimitives.ReadInt32BigEndian(data[(at + time)..]);
            parts += duration > 0 && start >= 0 ? 1 : 0;
        }
        return parts;
    }
}
