using System.Globalization;

namespace Vfi.Tests;

public sealed class ExactTimeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("24", "60", 50, "mp4")]
    [InlineData("24", "60", 48, "mkv")]
    [InlineData("24000/1001", "60000/1001", 40, "mp4")]
    [InlineData("24000/1001", "59.94", 40, "mkv")]
    [InlineData("25", "50", 31, "mkv")]
    [InlineData("30", "144", 30, "mp4")]
    [InlineData("30000/1001", "x2.5", 44, "mkv")]
    [InlineData("50", "x1/2", 60, "mp4")]
    [InlineData("60000/1001", "x2", 70, "mp4")]
    [InlineData("60000/1001", "x2", 70, "ts")]
    [InlineData("60000/1001", "x4", 70, "mkv")]
    [InlineData("120000/1001", "x1/2", 70, "mp4")]
    [InlineData("25", "1000/7", 40, "mp4")]
    public void N_frames_give_exactly_ratio_times_N_evenly_spaced(string from, string to, int frames, string container)
    {
        var source = Clip(from, frames, container);
        var output = _folder.File("out." + container);
        var rate = to[0] == 'x' ? Number(from) * Number(to[1..]) : Number(to == "59.94" ? "60000/1001" : to);
        VfiCommand.Convert(source, "-o", output, "--model", "blend", "--preset", "ultrafast", "--chunk-seconds", "0.7",
            to[0] == 'x' ? "--interp-ratio" : "--out-fps", to.TrimStart('x'));
        var times = Tool.Times(output);
        Assert.Equal((int)Math.Round(frames * rate / Number(from)), times.Length);
        var tick = container switch { "mkv" => 0.00051, "ts" => 0.0000067, _ => 0.0000011 };
        for (var i = 0; i < times.Length; i++)
            Assert.Equal(times[0] + i / rate, times[i], tick);
        Assert.Equal(frames / Number(from), times[^1] - times[0] + 1 / rate, 0.5 / rate);
    }

    [Theory]
    [InlineData("mp4")]
    [InlineData("mkv")]
    public void A_variable_rate_keeps_duration_and_audio_packets(string container)
    {
        var source = _folder.File("vfr." + container);
        // Every seventh and eleventh frame missing, then a slow part: 30, 15 and 10 fps mixed.
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=30:d=4", "-f", "lavfi", "-i", "sine=d=4", "-vf",
            "select='mod(n,7)*mod(n,11)*(1-gt(n,60)*gt(mod(n,3),0))'", "-fps_mode", "vfr", "-c:v", "libx264", "-c:a", "aac", source);
        var output = _folder.File("out." + container);
        VfiCommand.Convert(source, "-o", output, "--model", "blend", "--preset", "ultrafast", "--out-fps", "60");
        var before = Tool.Times(source);
        var after = Tool.Times(output);
        var last = double.Parse(Tool.Run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=duration_time", "-of", "csv=p=0", source)
            .Split(['\n', ','], StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture);
        var duration = before[^1] - before[0] + last;
        Assert.Equal(Math.Round(duration * 60), after.Length);
        // ffmpeg 7 lets AAC begin before zero in Matroska when it encodes, and not when it copies.
        Assert.Equal(before[0] - AudioStart(source), after[0] - AudioStart(output), 0.002);
        Assert.Equal(duration, after.Length / 60.0, 0.5 / 60);
        Assert.Equal(Packets(source, "0:a"), Packets(output, "0:a"));
    }

    [Theory]
    [InlineData("late.mkv", "0.4")]
    [InlineData("late.mkv", "3")]
    [InlineData("late.mp4", "3")]
    public void Video_that_starts_after_its_audio_still_does(string name, string seconds)
    {
        var source = _folder.File(name);
        Tool.Ffmpeg("-itsoffset", seconds, "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-f", "lavfi", "-i", "sine=d=2", "-fps_mode", "passthrough", "-c:v", "libx264", "-c:a", "aac", source);
        var output = _folder.File("out" + Path.GetExtension(name));
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(Tool.Times(source)[0] - AudioStart(source), Tool.Times(output)[0] - AudioStart(output), 0.0011);
        Assert.Equal(50, Tool.Times(output).Length);
        Assert.Equal(Packets(source, "0:a"), Packets(output, "0:a"));
    }

    [Theory]
    [InlineData("small pictures that share a timestamp", "in.vob", "-c:v mpeg2video")]
    [InlineData("B-frames in a container without presentation times", "in.avi", "-c:v mpeg4 -bf 2")]
    [InlineData("a stream without any times", "in.h264", "-c:v libx264 -bf 3")]
    [InlineData("a recording that begins between keyframes", "in.ts", "-c:v libx264 -g 20")]
    [InlineData("a recording that begins at a keyframe whose group is open", "open.ts", "-c:v libx265 -x265-params log-level=none:keyint=20:min-keyint=20:open-gop=1:bframes=3:b-adapt=0")]
    public void Frames_that_packets_do_not_tell_keep_their_times(string what, string name, string encoder)
    {
        var source = _folder.File(name);
        Tool.Ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3", .. encoder.Split(' '), source]);
        if (name == "in.ts")
            File.WriteAllBytes(source, File.ReadAllBytes(source)[(188 * 40)..]);
        if (name == "open.ts")
            File.WriteAllBytes(source, FromSecondKeyframe(source));
        var output = _folder.File("out.mkv");
        // Encoders leave out what hardly moves in such small pictures.
        VfiCommand.Convert(source, "-o", output, "--model", "blend", "--encoder", "ffv1", "--repeats", "1");
        var (sources, frames, times) = (Tool.FrameHashes(source), Tool.FrameHashes(output), Tool.Times(output));
        Assert.Equal((what, Path.GetExtension(name) == ".ts" ? 55 : 75), (what, sources.Length));
        Assert.Equal(2 * sources.Length, frames.Length);
        Assert.Equal(sources, frames.Where((_, i) => i % 2 == 0));
        for (var i = 0; i < times.Length; i++)
            Assert.Equal(times[0] + i / 50.0, times[i], 0.00051);
    }

    [Theory]
    [InlineData("mp4")]
    [InlineData("mkv")]
    public void Films_with_pulldown_become_even_and_lose_no_frame(string container)
    {
        // Shown for two and three fields in turn.
        var source = _folder.File("film." + container);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=24000/1001:d=2", "-vf", "settb=1/60000,setpts='floor(N*5/2)*1001'", "-enc_time_base", "1/60000",
            "-fps_mode", "passthrough", "-c:v", "libx264", source);
        var output = _folder.File("out." + container);
        var report = VfiCommand.Convert(source, "-o", output, "--model", "blend", "--preset", "ultrafast");
        var times = Tool.Times(output);
        Assert.Equal(2 * Tool.Times(source).Length, times.Length);
        Assert.Equal(Tool.Times(source).Length, report["sourceFramesShown"]!.GetValue<int>());
        for (var i = 0; i < times.Length; i++)
            Assert.Equal(times[0] + i * 1001 / 48000.0, times[i], 0.00051);
    }

    [Theory]
    [InlineData("mkv")]
    [InlineData("ts")]
    [InlineData("mov")]
    public void What_a_cut_without_loss_has_hidden_stays_hidden(string container)
    {
        string whole = _folder.File("whole.mp4"), source = _folder.File("in.mp4"), output = _folder.File("out." + container);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=4", "-f", "lavfi", "-i", "sine=d=4", "-c:v", "libx264", "-g", "50", "-c:a", "aac", whole);
        Tool.Ffmpeg("-ss", "2.8", "-i", whole, "-c", "copy", source);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(60, Tool.Times(output).Length);
        // QuickTime hides it again; elsewhere there are the two packets that a decoder begins with.
        Assert.InRange(Tool.Times(output)[0] - AudioStart(output), container == "mov" ? 0.7 : 0.02, container == "mov" ? 0.9 : 0.05);
    }

    [Fact]
    public void Packets_whose_duration_is_not_told_are_kept()
    {
        string source = _folder.File("in.mp4"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1", "-c:v", "libx264", "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov", source);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        static string Contents(string path) => Tool.Ffmpeg("-i", path, "-map", "0:a", "-c", "copy", "-f", "md5", "-");
        Assert.Equal(Contents(source), Contents(output));
    }

    [Fact]
    public void One_frame_is_held()
    {
        var source = Clip("25", 1, "mp4");
        VfiCommand.Convert(source, "-o", _folder.File("out.mp4"), "--preset", "ultrafast", "--out-fps", "100");
        Assert.Equal(4, Tool.Times(_folder.File("out.mp4")).Length);
    }

    [Fact]
    public void A_transport_stream_with_its_own_clock_keeps_sync()
    {
        var source = _folder.File("a.ts");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2", "-c:v", "libx264", "-c:a", "aac", "-output_ts_offset", "3600", source);
        var output = _folder.File("out.mp4");
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(100, Tool.Times(output).Length);
        var lag = double.Parse(Tool.Probe(source, "stream=start_time").Split('\n')[0], CultureInfo.InvariantCulture)
            - double.Parse(Tool.Probe(source, "stream=start_time", "a:0").Split('\n')[0], CultureInfo.InvariantCulture);
        var lagAfter = double.Parse(Tool.Probe(output, "stream=start_time"), CultureInfo.InvariantCulture)
            - double.Parse(Tool.Probe(output, "stream=start_time", "a:0"), CultureInfo.InvariantCulture);
        Assert.Equal(lag, lagAfter, 0.003);
    }

    [Fact]
    public void One_frame_beside_long_audio_is_whole()
    {
        string source = _folder.File("in.mkv"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.04", "-f", "lavfi", "-i", "sine=d=20", "-c:v", "libx264", "-c:a", "aac", source);
        VfiCommand.Convert(source, "-o", output, "--model", "hold");
        Assert.Equal(2, Tool.Times(output).Length);
    }

    public void Dispose() => _folder.Dispose();

    private static double AudioStart(string path) => double.Parse(
        Tool.Run("ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path).Split(['\n', ','])[0], CultureInfo.InvariantCulture);

    private static string Packets(string path, string map) => Tool.Ffmpeg("-i", path, "-map", map, "-c", "copy", "-f", "framecrc", "-");

    private string Clip(string rate, int frames, string container)
    {
        var path = _folder.File("in." + container);
        Tool.Ffmpeg("-f", "lavfi", "-i", $"testsrc2=s=96x64:r={rate}", "-frames:v", $"{frames}", "-c:v", "libx264", "-preset", "ultrafast",
            "-enc_time_base", string.Join(':', rate.Split('/').Append("1").Take(2).Reverse()), path);
        return path;
    }

    private static double Number(string text)
    {
        var parts = text.Split('/');
        return double.Parse(parts[0], CultureInfo.InvariantCulture) / (parts.Length > 1 ? double.Parse(parts[1], CultureInfo.InvariantCulture) : 1);
    }

    /// <summary>A transport stream's tables (its first three packets) and all from its second keyframe on.</summary>
    private static byte[] FromSecondKeyframe(string path)
    {
        var second = Tool.Run("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pos,flags", "-of", "csv=p=0", path)
            .Split('\n').Where(l => l.Contains('K', StringComparison.Ordinal)).ElementAt(1);
        var bytes = File.ReadAllBytes(path);
        return [.. bytes[..(3 * 188)], .. bytes[int.Parse(second.Split(',')[0], CultureInfo.InvariantCulture)..]];
    }
}
