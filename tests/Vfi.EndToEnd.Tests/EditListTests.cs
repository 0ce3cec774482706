using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Vfi.Tests;

/// <summary>Files that show parts of what they hold, as QuickTime Player writes them when something is cut out of the middle.</summary>
public sealed class EditListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("mp4")]
    [InlineData("mkv")]
    public void What_was_cut_out_of_the_middle_is_neither_seen_nor_heard(string container)
    {
        string whole = _folder.File("whole.mp4"), source = _folder.File("in.mp4"), output = _folder.File("out." + container);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=4", "-f", "lavfi", "-i", "sine=d=4", "-c:v", "libx264", "-g", "20", "-c:a", "aac", whole);
        File.WriteAllBytes(source, Cut(File.ReadAllBytes(whole), (0, 0), [(1, 0), (1, 2.4)]));
        var (exit, log, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--interp-ratio", "1", "--encoder", "libx264", "--crf", "0", "--json");
        Assert.True(exit == 0, errors);
        Assert.Contains("its edit list leaves out parts that would be heard in a copy", log, StringComparison.Ordinal);
        Assert.Equal(Tool.FrameHashes(source), Tool.FrameHashes(output));
        Assert.Equal(50, Tool.Times(output).Length);
        Assert.InRange(Samples(output) / 44100.0, 1.93, 2.07);
    }

    [Fact]
    public void One_part_is_copied_as_it_is()
    {
        string source = _folder.File("in.mp4"), output = _folder.File("out.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-f", "lavfi", "-i", "sine=d=0.4", "-c:v", "libx264", "-c:a", "aac", source);
        var (exit, log, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--json");
        Assert.True(exit == 0, errors);
        Assert.DoesNotContain("edit list", log, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static long Samples(string path) => Tool.Ffmpeg("-i", path, "-map", "0:a", "-f", "framecrc", "-")
        .Split('\n').Where(l => l.Length > 0 && l[0] != '#').Sum(l => long.Parse(l.Split(',')[3], CultureInfo.InvariantCulture));

    /// <summary>Boxes with other edit lists: seconds that a part lasts, and where it begins in the media. Data before moov does not move.</summary>
    private static byte[] Cut(ReadOnlySpan<byte> boxes, (uint Movie, uint Media) ticks, (double Length, double Start)[] parts)
    {
        List<byte> all = [];
        for (var at = 0; at < boxes.Length; at += (int)BinaryPrimitives.ReadUInt32BigEndian(boxes[at..]))
        {
            var size = (int)BinaryPrimitives.ReadUInt32BigEndian(boxes[at..]);
            var type = Encoding.ASCII.GetString(boxes[(at + 4)..(at + 8)]);
            var content = boxes[(at + 8)..(at + size)];
            var made = type switch
            {
                "moov" => Cut(content, (Ticks(content, "mvhd"u8), 0), parts),
                "trak" => Cut(content, (ticks.Movie, Ticks(content, "mdhd"u8)), parts),
                "edts" => Cut(content, ticks, parts),
                "elst" => Edits(ticks, BinaryPrimitives.ReadInt32BigEndian(content[12..]), parts),
                _ => content.ToArray(),
            };
            var header = new byte[8];
            BinaryPrimitives.WriteInt32BigEndian(header, made.Length + 8);
            boxes[(at + 4)..(at + 8)].CopyTo(header.AsSpan(4));
            all.AddRange([.. header, .. made]);
        }
        return [.. all];
    }

    /// <summary>Ticks a second: in both headers behind version, flags and two times.</summary>
    private static uint Ticks(ReadOnlySpan<byte> boxes, ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt32BigEndian(boxes[(boxes.IndexOf(header) + 16)..]);

    /// <param name="ticks">A second, of the movie, in which a part's length is told, and of the media.</param>
    /// <param name="first">Where the media began, in its ticks.</param>
    /// <param name="parts">In seconds.</param>
    private static byte[] Edits((uint Movie, uint Media) ticks, int first, (double Length, double Start)[] parts)
    {
        var list = new byte[8 + 12 * parts.Length];
        BinaryPrimitives.WriteInt32BigEndian(list.AsSpan(4), parts.Length);
        for (var k = 0; k < parts.Length; k++)
        {
            var entry = list.AsSpan(8 + 12 * k);
            BinaryPrimitives.WriteInt32BigEndian(entry, (int)(parts[k].Length * ticks.Movie));
            BinaryPrimitives.WriteInt32BigEndian(entry[4..], first + (int)(parts[k].Start * ticks.Media));
            BinaryPrimitives.WriteInt32BigEndian(entry[8..], 1 << 16);
        }
        return list;
    }
}
