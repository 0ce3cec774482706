namespace Vfi.Tests;

/// <summary>Closed captions in the pictures' data or in a track of their own.</summary>
public sealed class CaptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("out.mkv", "ass")]
    [InlineData("out.mp4", "mov_text")]
    public void Closed_captions_become_a_track_of_subtitles(string name, string codec)
    {
        var source = Captioned("it's [a], b;c=d:e\\f.mp4", "HELLO WORLD", "SECOND LINE");
        var log = Convert(source, "-o", _folder.File(name));
        Assert.Contains("closed captions", log, StringComparison.Ordinal);
        Assert.Equal(codec, Tool.Probe(_folder.File(name), "stream=codec_name", "s"));
        Assert.Equal(["HELLO WORLD", "SECOND LINE"], Subtitles(_folder.File(name)).Select(s => s.Text));
    }

    [Fact]
    public void Closed_captions_stay_beside_their_pictures_where_the_video_begins_late()
    {
        var source = Captioned("plain.mp4", "HELLO WORLD", "SECOND LINE");
        Tool.Ffmpeg("-f", "lavfi", "-i", "sine=d=5", "-itsoffset", "1.5", "-i", source, "-map", "1:v", "-map", "0:a", "-c:v", "copy", _folder.File("late.mkv"));
        Convert(_folder.File("late.mkv"), "-o", _folder.File("out.mkv"));
        var (start, _) = Subtitles(_folder.File("out.mkv"))[0];
        var video = Tool.Times(_folder.File("late.mkv"))[0];
        Assert.InRange(video, 1.49, 1.51);
        Assert.Equal(video, Tool.Times(_folder.File("out.mkv"))[0], 0.001);
        // The code that shows the text comes with the picture 17/30 s after the first.
        Assert.Equal(video + 17 / 30.0, start, 0.02);
    }

    [Fact]
    public void Closed_captions_are_found_in_a_recording_that_begins_between_keyframes()
    {
        Tool.Ffmpeg("-i", Captioned("plain.mp4", "HELLO WORLD", "SECOND LINE"), "-c", "copy", _folder.File("whole.ts"));
        File.WriteAllBytes(_folder.File("in.ts"), File.ReadAllBytes(_folder.File("whole.ts"))[(188 * 20)..]);
        var log = Convert(_folder.File("in.ts"), "-o", _folder.File("out.mkv"));
        Assert.Contains("begins within a group of pictures", log, StringComparison.Ordinal);
        var (start, text) = Assert.Single(Subtitles(_folder.File("out.mkv")));
        Assert.Equal("SECOND LINE", text);
        // Shown with the 37th picture; the 21st is the first that can be decoded.
        Assert.Equal(Tool.Times(_folder.File("out.mkv"))[0] + 16 / 30.0, start, 0.02);
    }

    [Fact]
    public void Caption_data_without_captions_make_no_track()
    {
        var source = Captioned("in.mp4");
        var log = Convert(source, "-o", _folder.File("out.mkv"));
        Assert.DoesNotContain("kept as a track", log, StringComparison.Ordinal);
        Assert.Equal("", Tool.Probe(_folder.File("out.mkv"), "stream=codec_name", "s"));
    }

    [Fact]
    public void A_full_disk_is_a_failure_to_try_again_and_does_not_cost_the_captions()
    {
        string source = Captioned("in.mp4", "HELLO WORLD"), output = _folder.File("out.mkv"), captions = _folder.File("work/captions.mks");
        Directory.CreateDirectory(_folder.File("work"));
        File.CreateSymbolicLink(captions, "/dev/full");
        var (exit, _, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--work-dir", _folder.File("work"));
        Assert.Equal(1, exit);
        Assert.Contains("no space left on the disk", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
        File.Delete(captions);
        Convert(source, "-o", output, "--work-dir", _folder.File("work"));
        Assert.Equal("HELLO WORLD", Assert.Single(Subtitles(output)).Text);
    }

    [Fact]
    public void Where_the_container_has_no_text_tracks_closed_captions_are_said_to_be_left_out()
    {
        var log = Convert(Captioned("in.mp4", "HELLO"), "-o", _folder.File("out.ts"));
        Assert.Contains("closed captions in the pictures' data: MPEG-TS cannot carry", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out.mov", "eia_608")]
    [InlineData("out.mp4", "mov_text")]
    [InlineData("out.mkv", "ass")]
    public void A_track_of_closed_captions_is_kept_or_becomes_subtitles(string name, string codec)
    {
        var captioned = Captioned("captioned.mp4", "HELLO WORLD", "SECOND LINE");
        Tool.Ffmpeg("-f", "lavfi", "-i", $"movie={captioned}[out0+subcc]", "-f", "lavfi", "-i", "testsrc2=s=96x64:r=30:d=3", "-map", "1:v", "-c:v", "libx264", "-map", "0:s", "-c:s", "copy", _folder.File("in.mov"));
        Assert.Equal("eia_608", Tool.Probe(_folder.File("in.mov"), "stream=codec_name", "s"));
        Convert(_folder.File("in.mov"), "-o", _folder.File(name));
        Assert.Equal(codec, Tool.Probe(_folder.File(name), "stream=codec_name", "s"));
        Assert.Equal(Subtitles(_folder.File("in.mov")), Subtitles(_folder.File(name)));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Converts, must succeed, and returns what is said.</summary>
    private static string Convert(params string[] arguments)
    {
        var (exit, _, errors) = VfiCommand.Run(["convert", .. arguments, "--model", "hold", "--preset", "ultrafast"]);
        Assert.True(exit == 0, errors);
        return errors;
    }

    private static List<(double Start, string Text)> Subtitles(string path) =>
        [.. Tool.Run("ffmpeg", "-v", "error", "-copyts", "-i", path, "-map", "0:s:0", "-c:s", "ass", "-f", "ass", "-").Split('\n').Where(l => l.StartsWith("Dialogue:", StringComparison.Ordinal))
            .Select(l => l.Trim().Split(',', 10)).Select(f => (TimeSpan.Parse(f[1], System.Globalization.CultureInfo.InvariantCulture).TotalSeconds, f[9][(f[9].LastIndexOf('}') + 1)..]))];

    /// <summary>Three seconds of 30 frames, each with the two bytes of CEA-608 that are due with it: pop-on captions, shown one after the other.</summary>
    private string Captioned(string name, params string[] texts)
    {
        string plain = _folder.File("plain.h264"), captioned = _folder.File("captioned.h264"), path = _folder.File(name);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=30:d=3", "-c:v", "libx264", "-bf", "0", "-g", "20", plain);
        // Load, clear, third row from below; the text; on the 18th picture: show.
        var codes = new Queue<(int, int)>(texts.SelectMany(t => (IEnumerable<(int, int)>)
            [(0x14, 0x20), (0x14, 0x20), (0x14, 0x2e), (0x14, 0x2e), (0x14, 0x70), (0x14, 0x70), .. Pairs(t), .. Enumerable.Repeat((0, 0), 11 - Pairs(t).Count()), (0x14, 0x2f), (0x14, 0x2f)]));
        using (var output = File.Create(captioned))
        {
            var stream = File.ReadAllBytes(plain);
            foreach (var (start, end) in Units(stream))
            {
                // Before the first slice of each picture.
                if ((stream[start] & 31) is 1 or 5 && stream[start + 1] >= 0x80)
                    output.Write(CaptionUnit(codes.TryDequeue(out var code) ? code : (0, 0)));
                output.Write([0, 0, 0, 1, .. stream[start..end]]);
            }
        }
        Tool.Ffmpeg("-framerate", "30", "-i", captioned, "-c", "copy", path);
        Assert.Contains("A53", Tool.Run("ffprobe", "-v", "error", "-show_frames", "-read_intervals", "%+#1", path), StringComparison.Ordinal);
        return path;
    }

    private static IEnumerable<(int, int)> Pairs(string text) => text.Chunk(2).Select(c => ((int)c[0], c.Length > 1 ? c[1] : 0));

    private static IEnumerable<(int Start, int End)> Units(byte[] stream)
    {
        List<int> starts = [];
        for (var i = 0; i + 2 < stream.Length; i++)
        {
            if (stream[i] == 0 && stream[i + 1] == 0 && stream[i + 2] == 1)
                starts.Add(i + 3);
        }
        return starts.Zip(starts.Skip(1).Select(s => s - 3).Append(stream.Length), (start, end) => (start, end));
    }

    /// <summary>Supplemental enhancement information of H.264: user data registered by ITU-T T.35, ATSC A/53 part 4 in it.</summary>
    private static byte[] CaptionUnit((int First, int Second) code)
    {
        static byte Odd(int value) => (byte)(value | (int.PopCount(value) % 2 == 0 ? 0x80 : 0));
        byte[] payload = [0xb5, 0x00, 0x31, .. "GA94"u8, 3, 0xc1, 0xff, 0xfc, Odd(code.First), Odd(code.Second), 0xff];
        return [0, 0, 0, 1, 6, 4, (byte)payload.Length, .. payload, 0x80];
    }
}
