using System.Buffers.Binary;
using System.Text;

namespace Vfi.Tests;

/// <summary>What containers say of the picture beyond colour: Dolby Vision, stereoscopic halves, spheres.</summary>
public sealed class PictureMetadataTests : IDisposable
{
    private const string LayoutEntries = "stream_side_data=type,inverted,projection,bound_left,bound_top,bound_right,bound_bottom,padding,yaw,pitch,roll";
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("sphere", "out.mp4", "libx264")]
    [InlineData("sphere", "out.mkv", "ffv1")]
    [InlineData("cube", "out.mp4", "libx265")]
    [InlineData("cube", "out.mkv", "libx264")]
    [InlineData("VR180", "out.mp4", "libx264")]
    [InlineData("VR180", "out.webm", "libaom-av1")]
    public void Spherical_and_stereoscopic_video_stays_so(string kind, string name, string encoder)
    {
        byte[] projection = kind switch
        {
            "cube" => FullBox("cbmp", [0, 0, 0, 0, 0, 0, 0, 4]),
            "VR180" => FullBox("equi", [0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0x40, 0, 0, 0]),
            _ => FullBox("equi", new byte[16]),
        };
        byte[] sphere = Box("sv3d", [.. FullBox("svhd", [0]), .. Box("proj", [.. FullBox("prhd", [0, 45, 0, 0, 0xff, 0xf6, 0, 0, 0, 5, 0, 0]), .. projection])]);
        var source = Described([.. FullBox("st3d", [(byte)(kind == "VR180" ? 2 : 1)]), .. sphere]);
        Convert(source, "-o", _folder.File(name), "--encoder", encoder, "--chunk-seconds", "0.2");
        var expected = Layout(source);
        Assert.Contains(kind == "VR180" ? "side by side" : "top and bottom", expected, StringComparison.Ordinal);
        Assert.Contains(kind == "cube" ? "cubemap" : "equirectangular", expected, StringComparison.Ordinal);
        Assert.Contains("45\n-10\n5", expected, StringComparison.Ordinal);
        Assert.Equal(expected, Layout(_folder.File(name)));
    }

    [Fact]
    public void Stereoscopic_halves_that_the_bitstream_tells_go_into_the_container()
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", "libx264", "-x264-params", "frame-packing=3", _folder.File("in.ts"));
        Convert(_folder.File("in.ts"), "-o", _folder.File("out.mp4"));
        Assert.Equal("side by side\n0", Layout(_folder.File("out.mp4")));
    }

    [Theory]
    [InlineData("right_left", "out.mp4", "MP4 cannot carry the stereoscopic layout (side by side, inverted)")]
    [InlineData("left_right", "out.ts", "MPEG-TS cannot carry the stereoscopic or spherical layout")]
    [InlineData("left_right", "out.mov", "QuickTime cannot carry the stereoscopic or spherical layout")]
    public void A_layout_that_cannot_be_carried_is_said_to_be_left_out(string mode, string name, string note)
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", "libx264", "-metadata:s:v", $"stereo_mode={mode}", _folder.File("in.mkv"));
        Assert.Contains(note, Convert(_folder.File("in.mkv"), "-o", _folder.File(name)), StringComparison.Ordinal);
    }

    [Fact]
    public void Dolby_Vision_over_a_base_layer_is_said_to_be_left_out_and_not_announced()
    {
        var source = Described(DolbyVision(profile: 8, compatibility: 1), "libx265", "yuv420p10le");
        Assert.Equal("8", Tool.Probe(source, "stream_side_data=dv_profile"));
        Assert.Contains("Dolby Vision: metadata of single frames", Convert(source, "-o", _folder.File("out.mp4"), "--encoder", "libx265"), StringComparison.Ordinal);
        Assert.Equal("", Tool.Probe(_folder.File("out.mp4"), "stream_side_data=dv_profile"));
    }

    [Fact]
    public void Dolby_Vision_without_a_base_layer_is_bad_input()
    {
        var (exit, _, errors) = VfiCommand.Run("convert", Described(DolbyVision(profile: 5, compatibility: 0), "libx265", "yuv420p10le"), "-o", _folder.File("out.mp4"), "--model", "hold");
        Assert.Equal(2, exit);
        Assert.Contains("Dolby Vision of profile 5", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("out.mp4")));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>ffmpeg 7.1 writes Apple's box beside the usual ones in MP4, and then takes what it finds there, which is less, for all.</summary>
    private static string Layout(string path)
    {
        var layout = Tool.Probe(path, LayoutEntries);
        var bytes = File.ReadAllBytes(path).AsSpan();
        if (layout.StartsWith("unspecified", StringComparison.Ordinal) && bytes.IndexOf("st3d"u8) is > 0 and var stereo)
            layout = (bytes[stereo + 8] == 1 ? "top and bottom" : "side by side") + layout["unspecified".Length..];
        if (layout.EndsWith("\n0\n0\n0", StringComparison.Ordinal) && bytes.IndexOf("prhd"u8) is > 0 and var pose)
            layout = $"{layout[..^6]}\n{BinaryPrimitives.ReadInt16BigEndian(bytes[(pose + 8)..])}\n{BinaryPrimitives.ReadInt16BigEndian(bytes[(pose + 12)..])}\n{BinaryPrimitives.ReadInt16BigEndian(bytes[(pose + 16)..])}";
        return layout;
    }

    /// <summary>Converts, must succeed, and returns what is said.</summary>
    private static string Convert(params string[] arguments)
    {
        var (exit, _, errors) = VfiCommand.Run(["convert", .. arguments, "--model", "hold"]);
        Assert.True(exit == 0, errors);
        return errors;
    }

    private static byte[] DolbyVision(int profile, int compatibility)
    {
        var bits = (profile << 25) | (6 << 19) | (1 << 18) | (1 << 16) | (compatibility << 12);
        return Box(profile < 8 ? "dvcC" : "dvvC", [1, 0, (byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits, .. new byte[18]]);
    }

    private static byte[] FullBox(string type, byte[] content) => Box(type, [0, 0, 0, 0, .. content]);

    private static byte[] Box(string type, byte[] content)
    {
        byte[] box = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(type), .. content];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        return box;
    }

    /// <summary>A small MP4 with boxes added to its sample entry.</summary>
    private string Described(byte[] boxes, string encoder = "libx264", string format = "yuv420p")
    {
        var path = _folder.File("in.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", encoder, encoder == "libx264" ? "-x264-params" : "-x265-params", encoder == "libx264" ? "keyint=5" : "log-level=error",
            "-pix_fmt", format, "-tag:v", encoder == "libx264" ? "avc1" : "hvc1", path);
        var file = File.ReadAllBytes(path).ToList();
        int Size(int at) => BinaryPrimitives.ReadInt32BigEndian([.. file.Slice(at, 4)]);
        // From the file down to the first sample entry: moov is the last box, so that nothing that is addressed moves.
        List<int> parents = [];
        var at = 0;
        foreach (var name in (string[])["moov", "trak", "mdia", "minf", "stbl", "stsd", ""])
        {
            while (name.Length > 0 && Encoding.ASCII.GetString([.. file.Slice(at + 4, 4)]) != name)
                at += Size(at);
            parents.Add(at);
            at += name == "stsd" ? 16 : 8;
        }
        file.InsertRange(parents[^1] + Size(parents[^1]), boxes);
        foreach (var parent in parents)
        {
            var size = Size(parent) + boxes.Length;
            (file[parent], file[parent + 1], file[parent + 2], file[parent + 3]) = ((byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size);
        }
        File.WriteAllBytes(path, [.. file]);
        return path;
    }
}
