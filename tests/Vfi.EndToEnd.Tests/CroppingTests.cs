using System.Buffers.Binary;
using System.Text;

namespace Vfi.Tests;

/// <summary>Borders that a container hides: 4 pixels at the left, 8 at the top, 12 at the right and 6 at the bottom of 128x96.</summary>
public sealed class CroppingTests : IDisposable
{
    private const string Shown = "crop=112:82:4:8";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mp4")]
    [InlineData("mov")]
    [InlineData("mkv")]
    public void Borders_that_the_container_hides_are_left_out(string extension)
    {
        string whole = Whole(extension), source = _folder.File($"in.{extension}"), output = _folder.File("out.mkv");
        HideBorders(whole, source);
        var errors = Convert(source, output);
        Assert.Contains("the file hides borders of its picture (4 pixels at the left, 8 at the top, 12 at the right, 6 at the bottom)", errors, StringComparison.Ordinal);
        Assert.Equal("112\n82", Tool.Probe(output, "stream=width,height"));
        Assert.Equal(Tool.FrameHashes(whole, Shown), Tool.FrameHashes(output));
    }

    [Theory]
    [InlineData(0, 1, -1, 0, "transpose=clock")]
    [InlineData(-1, 0, 0, -1, "hflip,vflip")]
    [InlineData(0, -1, 1, 0, "transpose=cclock")]
    [InlineData(-1, 0, 0, 1, "hflip")]
    [InlineData(1, 0, 0, -1, "vflip")]
    [InlineData(0, 1, 1, 0, "transpose=cclock_flip")]
    [InlineData(0, -1, -1, 0, "transpose=clock_flip")]
    public void Borders_are_left_out_of_a_picture_that_is_turned_or_mirrored(int a, int b, int c, int d, string turn)
    {
        string whole = Whole("mp4"), source = _folder.File("in.mp4"), output = _folder.File("out.mkv");
        HideBorders(whole, source);
        Tool.Turn(source, 128, 96, a, b, c, d);
        Convert(source, output);
        Assert.Equal(Tool.FrameHashes(whole, $"{Shown},{turn}"), Tool.FrameHashes(output));
    }

    [Fact]
    public void Borders_are_left_out_whole_where_chroma_is_coarser()
    {
        string whole = Whole("mp4"), source = _folder.File("in.mp4"), output = _folder.File("out.mkv");
        HideClean(whole, source, 103, 82, -8, 2);
        Convert(source, output);
        // 103 columns in the middle, 4 to the left of it: from 8.5 on.
        Assert.Equal(Tool.FrameHashes(whole, "crop=104:82:8:8"), Tool.FrameHashes(output));
    }

    [Fact]
    public void The_shape_of_pixels_is_that_of_what_is_shown()
    {
        string whole = Whole("mkv"), source = _folder.File("in.mkv"), output = _folder.File("out.mkv");
        HideBorders(whole, source, (0x54B0, 224), (0x54BA, 82));
        Convert(source, output);
        Assert.Equal("112\n82\n2:1", Tool.Probe(output, "stream=width,height,sample_aspect_ratio"));
    }

    private static string Convert(string source, string output)
    {
        var (exit, _, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--interp-ratio", "1", "--encoder", "libx264", "--crf", "0", "--preset", "ultrafast");
        Assert.True(exit == 0, errors);
        return errors;
    }

    private string Whole(string extension)
    {
        var whole = _folder.File($"whole.{extension}");
        // Without what says where things lie, or checks them: something will be put between.
        string[] plain = extension == "mkv" ? ["-live", "1", "-write_crc32", "0"] : [];
        Tool.Ffmpeg(["-f", "lavfi", "-i", Tool.TestPicture(128, 96, "25", "yuv420p"), "-frames:v", "6", "-c:v", "libx264", "-crf", "0", .. plain, whole]);
        return whole;
    }

    private static void HideBorders(string whole, string path, params (int Id, int Value)[] more)
    {
        if (whole.EndsWith(".mkv", StringComparison.Ordinal))
            HidePixels(whole, path, [(0x54CC, 4), (0x54BB, 8), (0x54DD, 12), (0x54AA, 6), .. more]);
        else
            HideClean(whole, path, 112, 82, -8, 2);
    }

    /// <summary>Adds a clean aperture of a size, with its offset in halves of a pixel.</summary>
    private static void HideClean(string whole, string path, params ReadOnlySpan<int> numbers)
    {
        var data = File.ReadAllBytes(whole);
        List<int> parents = [];
        var (at, end) = (0, data.Length);
        foreach (var type in (string[])["moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1"])
        {
            while (Encoding.ASCII.GetString(data, at + 4, 4) != type)
                at += BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(at));
            parents.Add(at);
            end = at + BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(at));
            at += type == "stsd" ? 16 : 8;
        }
        var box = new byte[40];
        int[] fields = [box.Length, 0, numbers[0], 1, numbers[1], 1, numbers[2], 2, numbers[3], 2];
        for (var i = 0; i < fields.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(box.AsSpan(4 * i), fields[i]);
        "clap"u8.CopyTo(box.AsSpan(4));
        foreach (var parent in parents)
            BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(parent), BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(parent)) + box.Length);
        File.WriteAllBytes(path, [.. data[..end], .. box, .. data[end..]]);
    }

    /// <summary>Adds numbers to the description of the video.</summary>
    private static void HidePixels(string whole, string path, params ReadOnlySpan<(int Id, int Value)> numbers)
    {
        List<byte> added = [];
        foreach (var (id, value) in numbers)
            added.AddRange([(byte)(id >> 8), (byte)id, 0x82, (byte)(value >> 8), (byte)value]);
        File.WriteAllBytes(path, Add([.. added], File.ReadAllBytes(whole), 0x18538067, 0x1654AE6B, 0xAE, 0xE0));
    }

    /// <summary>Elements with others behind those that a path of ids leads to.</summary>
    private static byte[] Add(byte[] added, byte[] elements, params long[] path)
    {
        if (path.Length == 0)
            return [.. elements, .. added];
        for (var from = 0; ;)
        {
            int at = from + Length(elements[from]), length = Length(elements[at]), start = at + length;
            var (size, all) = (Value(elements[at..start]) & ((1L << (7 * length)) - 1), (1L << (7 * length)) - 1);
            // All ones: unknown, to the end.
            var end = size == all ? elements.Length : start + (int)size;
            if (Value(elements[from..at]) == path[0])
            {
                var within = Add(added, elements[start..end], path[1..]);
                var header = new byte[8];
                BinaryPrimitives.WriteInt64BigEndian(header, (1L << 56) + within.Length);
                return [.. elements[..at], .. header, .. within, .. elements[end..]];
            }
            from = end;
        }
    }

    /// <summary>In bytes: as many as the zeros that a number begins with, and one.</summary>
    private static int Length(byte first) => System.Numerics.BitOperations.LeadingZeroCount((uint)first) - 23;

    private static long Value(byte[] bytes) => bytes.Aggregate(0L, (value, next) => (value << 8) | next);
}
