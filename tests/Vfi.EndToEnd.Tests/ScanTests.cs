using System.Globalization;

namespace Vfi.Tests;

/// <summary>Interlaced, progressive and telecined material, marked rightly, wrongly or not at all.</summary>
public sealed class ScanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Interlaced_material_is_deinterlaced_one_frame_per_frame()
    {
        var source = _folder.File("in.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=50:d=1", "-vf", "interlace", "-c:v", "libx264", "-flags", "+ilme+ildct", source);
        var (exit, log, _) = VfiCommand.Run("convert", source, "-o", _folder.File("out.mkv"), "--model", "hold", "--preset", "ultrafast", "--json");
        Assert.Equal(0, exit);
        Assert.Contains("deinterlaced", log, StringComparison.Ordinal);
        Assert.Equal(50, Tool.Times(_folder.File("out.mkv")).Length);
    }

    [Theory]
    [InlineData("progressive", "interlaced")]
    [InlineData("interlaced", "progressive")]
    public void Of_a_broadcast_that_changes_between_both_only_interlaced_frames_are_deinterlaced(string first, string second)
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=50:d=1", "-vf", "fps=25", "-c:v", "libx264", "-bf", "0", _folder.File("progressive.ts"));
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=50:d=1", "-vf", "interlace", "-c:v", "libx264", "-bf", "0", "-flags", "+ilme+ildct", _folder.File("interlaced.ts"));
        File.WriteAllText(_folder.File("list"), $"file {first}.ts\nfile {second}.ts\n");
        string source = _folder.File("in.mkv"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "concat", "-i", _folder.File("list"), "-c", "copy", source);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--encoder", "ffv1");
        string[] asTheyAre = Tool.FrameHashes(source), deinterlaced = Tool.FrameHashes(source, "bwdif=mode=send_frame"), made = Tool.FrameHashes(output, "select='not(mod(n,2))'");
        Assert.Equal(50, made.Length);
        // Where both meet, bwdif does not look across.
        foreach (var i in Enumerable.Range(0, 50).Except([24, 25]))
            Assert.Equal((i < 25 ? first : second) == "progressive" ? asTheyAre[i] : deinterlaced[i], made[i]);
    }

    [Theory]
    [InlineData("50", "mkv", 50)]
    [InlineData("60000/1001", "mkv", 60000.0 / 1001)]
    [InlineData("60000/1001", "ts", 60000.0 / 1001)]
    [InlineData("50", "mp4", 50)]
    public void Fields_of_interlaced_material_are_frames_of_their_own_at_their_own_times(string rate, string container, double fps)
    {
        string source = _folder.File("in." + container), output = _folder.File("out.mkv");
        var picture = $"testsrc2=s=96x64:r={rate}:d=2,format=yuv420p";
        Tool.Ffmpeg("-f", "lavfi", "-i", picture, "-vf", "interlace=lowpass=0", "-c:v", "libx264", "-crf", "1", "-flags", "+ilme+ildct", source);
        Tool.Ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "ffv1", _folder.File("shot.mkv"));
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--encoder", "ffv1", "--deinterlace", "fields", "--chunk-seconds", "0.5");
        var times = Tool.Times(output);
        Assert.Equal(Tool.Times(_folder.File("shot.mkv")).Length, times.Length);
        for (var i = 0; i < times.Length; i++)
            Assert.Equal(times[0] + i / fps, times[i], 0.00051);
        VfiCommand.Convert(source, "-o", _folder.File("frames.mkv"), "--model", "hold", "--encoder", "ffv1");
        double Quality(string file) => Tool.Psnr(_folder.File(file), _folder.File("shot.mkv"), "setpts=N");
        Assert.True(Quality("out.mkv") > Quality("frames.mkv") + 2, $"{Quality("out.mkv")}, {Quality("frames.mkv")}");
    }

    [Theory]
    [InlineData("tff", "top", "bff")]
    [InlineData("bff", "bottom", "tff")]
    public void Fields_that_are_marked_the_wrong_way_round_come_in_their_own_order(string order, string first, string mark)
    {
        string source = _folder.File("in.mkv"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", Moving("50", 2), "-vf", $"interlace=lowpass=0:scan={order},setfield={mark}", "-c:v", "libx264", "-flags", "+ilme+ildct", source);
        var (exit, log, _) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--encoder", "ffv1", "--deinterlace", "fields", "--json");
        Assert.Equal(0, exit);
        Assert.Contains($"taken for interlaced, the {first} field first", log, StringComparison.Ordinal);
        Assert.Equal(Tool.FrameHashes(source, $"bwdif=mode=send_field:parity={order}"), Tool.FrameHashes(output));
        VfiCommand.Convert(source, "-o", _folder.File("marked.mkv"), "--model", "hold", "--encoder", "ffv1", "--deinterlace", "fields", "--scan", "marked");
        Assert.Equal(Tool.FrameHashes(source, $"bwdif=mode=send_field:parity={mark}"), Tool.FrameHashes(_folder.File("marked.mkv")));
    }

    [Fact]
    public void Whole_pictures_that_are_marked_as_interlaced_go_through_as_they_are()
    {
        string source = _folder.File("in.mkv"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", Moving("25", 2), "-vf", "setfield=tff", "-c:v", "libx264", "-flags", "+ilme+ildct", source);
        var (exit, log, _) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--encoder", "ffv1", "--json");
        Assert.Equal(0, exit);
        Assert.Contains("marked as interlaced, but its pictures are whole", log, StringComparison.Ordinal);
        Assert.Equal(Tool.FrameHashes(source), EverySecond(output));
        VfiCommand.Convert(source, "-o", _folder.File("marked.mkv"), "--model", "hold", "--encoder", "ffv1", "--scan", "marked");
        Assert.Equal(Tool.FrameHashes(source, "bwdif=mode=send_frame"), EverySecond(_folder.File("marked.mkv")));
    }

    [Fact]
    public void Interlaced_frames_among_whole_pictures_that_are_marked_as_interlaced_are_deinterlaced()
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", Moving("25", 16), "-vf", "setfield=tff", "-c:v", "libx264", "-bf", "0", "-preset", "ultrafast", "-flags", "+ilme+ildct", _folder.File("whole.ts"));
        Tool.Ffmpeg("-f", "lavfi", "-i", Moving("50", 0.4), "-vf", "interlace=lowpass=0", "-c:v", "libx264", "-bf", "0", "-flags", "+ilme+ildct", _folder.File("interlaced.ts"));
        File.WriteAllText(_folder.File("list"), "file whole.ts\nfile interlaced.ts\n");
        string source = _folder.File("in.mkv"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "concat", "-i", _folder.File("list"), "-c", "copy", source);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--encoder", "ffv1");
        string[] asTheyAre = Tool.FrameHashes(source), deinterlaced = Tool.FrameHashes(source, "bwdif=mode=send_frame"), made = EverySecond(output);
        Assert.Equal(410, made.Length);
        Assert.Equal(asTheyAre[..399], made[..399]);
        // idet is sure of a change after a few frames.
        Assert.Equal(deinterlaced[405..], made[405..]);
    }

    [Theory]
    [InlineData("tff", "top")]
    [InlineData("bff", "bottom")]
    public void Interlaced_material_that_is_not_marked_is_deinterlaced_when_told_so(string order, string first)
    {
        string source = _folder.File("in.mp4"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", Moving("50", 2), "-vf", $"interlace=lowpass=0:scan={order},setfield=prog", "-c:v", "libx264", source);
        Assert.DoesNotContain("interlaced_frame=1", Tool.Run("ffprobe", "-v", "error", "-show_entries", "frame=interlaced_frame", source), StringComparison.Ordinal);
        var (exit, log, _) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--encoder", "ffv1", "--scan", order, "--json");
        Assert.Equal(0, exit);
        Assert.Contains($"taken for interlaced, the {first} field first", log, StringComparison.Ordinal);
        Assert.Equal(Tool.FrameHashes(source, $"bwdif=mode=send_frame:parity={order}"), EverySecond(output));
        VfiCommand.Convert(source, "-o", _folder.File("progressive.mkv"), "--model", "hold", "--encoder", "ffv1");
        Assert.Equal(Tool.FrameHashes(source), EverySecond(_folder.File("progressive.mkv")));
    }

    [Theory]
    [InlineData("50", "interlace=lowpass=0:scan=tff", "yuv420p", "--scan tff deinterlaces them, the top field first")]
    [InlineData("50", "interlace=lowpass=0:scan=bff", "yuv422p10le", "--scan bff deinterlaces them, the bottom field first")]
    [InlineData("24000/1001", "telecine=pattern=23", "yuv420p", "--scan telecine puts the film together")]
    [InlineData("25", "null", "yuv420p", null)]
    public void Material_that_looks_interlaced_and_is_not_marked_so_is_told(string rate, string filter, string pixels, string? expected)
    {
        var source = _folder.File("in.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", Moving(rate, 4), "-vf", $"{filter},setfield=prog,format={pixels}", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", source);
        var (exit, _, errors) = VfiCommand.Run("convert", source, "-o", _folder.File("out.mkv"), "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(0, exit);
        var notes = errors.Split('\n').Where(l => l.Contains("look interlaced", StringComparison.Ordinal)).ToList();
        Assert.Equal(expected is null ? 0 : 1, notes.Count(n => n.Contains(expected ?? "", StringComparison.Ordinal)));
    }

    [Fact]
    public void Drawn_lines_one_pixel_high_are_not_told_as_interlaced()
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:r=30:d=3", "-c:v", "libx264", _folder.File("in.mkv"));
        var (exit, _, errors) = VfiCommand.Run("convert", _folder.File("in.mkv"), "-o", _folder.File("out.mkv"), "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(0, exit);
        Assert.DoesNotContain("interlaced", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("23", "top", "tff", "mkv", 60)]
    [InlineData("2332", "bottom", "bff", "ts", 61)]
    [InlineData("32", "top", "prog", "mp4", 62)]
    [InlineData("23", "bottom", "prog", "mov", 63)]
    [InlineData("23", "top", "tff", "ts", 64)]
    public void Film_with_pulldown_gets_its_own_frames_and_times_back(string pattern, string first, string mark, string container, int frames)
    {
        string source = _folder.File("in." + container), output = _folder.File("out.mkv");
        var film = Moving("24000/1001", 3);
        string[] flags = mark == "prog" ? [] : ["-flags", "+ilme+ildct"];
        Tool.Ffmpeg(["-f", "lavfi", "-i", film, "-vf", $"telecine=first_field={first}:pattern={pattern},setfield={mark}", "-frames:v", $"{frames}", "-c:v", "libx264", "-qp", "0", "-preset", "ultrafast", .. flags, source]);
        Tool.Ffmpeg("-f", "lavfi", "-i", film, "-c:v", "ffv1", _folder.File("film.mkv"));
        var (exit, log, _) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--encoder", "ffv1", "--chunk-seconds", "0.5", "--json", "--scan", mark == "prog" ? "telecine" : "auto");
        Assert.Equal(0, exit);
        Assert.Contains("3:2 pulldown", log, StringComparison.Ordinal);
        var times = Tool.Times(output);
        Assert.Equal(2 * (int)Math.Ceiling(frames * 4 / 5.0), times.Length);
        for (var i = 0; i < times.Length; i++)
            Assert.Equal(times[0] + i * 1001 / 48000.0, times[i], 0.00051);
        // The last may have one field only.
        var made = EverySecond(output)[..^1];
        Assert.Equal(Tool.FrameHashes(_folder.File("film.mkv"))[..made.Length], made);
    }

    [Fact]
    public void Where_video_follows_film_with_pulldown_no_frame_is_left_out()
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", Moving("24000/1001", 9), "-vf", "telecine=pattern=23,setfield=tff", "-c:v", "libx264", "-bf", "0", "-flags", "+ilme+ildct", "-preset", "ultrafast", _folder.File("film.ts"));
        Tool.Ffmpeg("-f", "lavfi", "-i", Moving("60000/1001", 9), "-vf", "interlace=lowpass=0", "-c:v", "libx264", "-bf", "0", "-flags", "+ilme+ildct", "-preset", "ultrafast", _folder.File("video.ts"));
        File.WriteAllText(_folder.File("list"), "file film.ts\nfile video.ts\n");
        string source = _folder.File("in.mkv"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "concat", "-i", _folder.File("list"), "-c", "copy", source);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(2 * Tool.Times(source).Length, Tool.Times(output).Length);
    }

    [Fact]
    public void One_lost_frame_of_film_with_pulldown_is_an_error_that_says_how_many()
    {
        string source = _folder.File("in.mkv"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", Moving("24000/1001", 3), "-vf", "telecine=pattern=23,setfield=tff", "-frames:v", "60", "-c:v", "libx264", "-qp", "0", "-g", "1", "-flags", "+ilme+ildct", source);
        var packet = Tool.Run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=size,pos", "-of", "csv=p=0", source).Split('\n')[30].Split(',');
        var bytes = File.ReadAllBytes(source);
        bytes.AsSpan(int.Parse(packet[1], CultureInfo.InvariantCulture) + 16, int.Parse(packet[0], CultureInfo.InvariantCulture) - 16).Clear();
        File.WriteAllBytes(source, bytes);
        var (exit, _, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold");
        Assert.Equal(2, exit);
        Assert.Contains("the decoder gave 59 of 60 frames", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--tolerate-damage");
        Assert.Equal(120, Tool.Times(output).Length);
    }

    [Theory]
    [InlineData("telecine", "has 25 frames a second; 3:2 pulldown has a constant 29.97 or 30")]
    [InlineData("mixed", "must be auto, marked, progressive, tff, bff or telecine")]
    public void A_scan_that_cannot_be_is_bad_input(string value, string why)
    {
        var source = _folder.File("in.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", source);
        var (exit, _, errors) = VfiCommand.Run("convert", source, "-o", _folder.File("out.mkv"), "--model", "hold", "--scan", value);
        Assert.Equal(2, exit);
        Assert.Contains($"--scan {value}: ", errors, StringComparison.Ordinal);
        Assert.Contains(why, errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("out.mkv")));
    }

    /// <summary>A picture that moves everywhere, without lines so fine that they look like fields.</summary>
    private static string Moving(string rate, double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"testsrc2=s=192x128:r={rate}:d={seconds},rotate=a=t/4:c=gray,gblur=1.2,format=yuv420p");

    /// <summary>What hold makes of source frames at twice the rate.</summary>
    private static string[] EverySecond(string output) => Tool.FrameHashes(output, "select='not(mod(n,2))'");
}
