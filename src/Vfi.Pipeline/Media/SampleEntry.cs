using System.Buffers.Binary;
using System.Text;

namespace Vfi.Pipeline.Media;

/// <summary>Adds boxes to the description of the video in an MP4 or QuickTime file (ISO/IEC 14496-12) that ffmpeg has written: moov behind the data, one track.</summary>
internal static class SampleEntry
{
    /// <summary>Of the box of sample entries: header, version and flags, number of entries.</summary>
    private const int DescriptionHeader = 16;

    /// <param name="path">Changed in place: what lies before moov does not move.</param>
    /// <param name="boxes">For the first sample entry.</param>
    /// <exception cref="VfiException">Not such a file (failed).</exception>
    public static void Append(string path, byte[] boxes)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        var start = Boxes.Find(file, 0, file.Length, "moov") is [.., var last] && last.End == file.Length ? last.At
            : throw VfiException.Failed($"{path}: is not whole: moov is missing; run the same command again");
        var moov = new byte[file.Length - start];
        file.Position = start;
        file.ReadExactly(moov);
        List<int> parents = [0];
        var at = Boxes.Header;
        foreach (var type in (string[])["trak", "mdia", "minf", "stbl", "stsd"])
        {
            at = Find(moov, at, type);
            parents.Add(at);
            at += type == "stsd" ? DescriptionHeader : Boxes.Header;
        }
        parents.Add(at);
        var end = at + Size(moov, at);
        foreach (var parent in parents)
            BinaryPrimitives.WriteInt32BigEndian(moov.AsSpan(parent), Size(moov, parent) + boxes.Length);
        file.Position = start;
        file.Write(moov.AsSpan(0, end));
        file.Write(boxes);
        file.Write(moov.AsSpan(end));
    }

    private static int Find(byte[] data, int from, string type)
    {
        for (var at = from; at + Boxes.Header <= data.Length; at += Size(data, at))
        {
            if (Encoding.ASCII.GetString(data, at + 4, 4) == type)
                return at;
        }
        throw VfiException.Failed($"an encoded chunk has no box {type}; run the same command again");
    }

    private static int Size(byte[] data, int at) => BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(at)) is var size && size >= Boxes.Header && size <= data.Length - at ? size
        : throw VfiException.Failed($"an encoded chunk has a box of {size} bytes; run the same command again");
}
