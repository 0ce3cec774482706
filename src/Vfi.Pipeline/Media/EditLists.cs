using System.Buffers.Binary;

namespace Vfi.Pipeline.Media;

/// <summary>Edit lists of MP4 and QuickTime files (ISO/IEC 14496-12, 8.6.6): what of a track's media is shown, and when.</summary>
internal static class EditLists
{
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
        foreach (var track in Boxes.Find(file, 0, file.Length, "moov").SelectMany(moov => Within(file, moov, "trak")))
        {
            if (Within(file, track, "edts").SelectMany(edits => Within(file, edits, "elst")).Sum(list => Parts(file, list)) > 1)
                cut.UnionWith(Within(file, track, "tkhd").Select(header => Id(file, header)));
        }
        return cut;
    }

    private static List<Box> Within(FileStream file, Box box, string type) => Boxes.Find(file, box.Start, box.End, type);

    /// <summary>Entries that show media: the others are pauses.</summary>
    private static int Parts(FileStream file, Box list)
    {
        var bytes = new byte[Math.Min(list.End - list.Start, 1 << 20)];
        file.Position = list.Start;
        var data = bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
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

    /// <summary>From a track's header; 0: there is none.</summary>
    private static int Id(FileStream file, Box header)
    {
        Span<byte> data = stackalloc byte[24];
        file.Position = header.Start;
        if (file.ReadAtLeast(data, data.Length, throwOnEndOfStream: false) < data.Length)
            return 0;
        // Behind version and flags, and two times of 4 bytes, or in version 1 of 8.
        return BinaryPrimitives.ReadInt32BigEndian(data[(data[0] == 1 ? 20 : 12)..]);
    }
}
