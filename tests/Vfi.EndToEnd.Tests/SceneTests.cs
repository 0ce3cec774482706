using System.Globalization;
using System.Text.Json.Nodes;

namespace Vfi.Tests;

public sealed class SceneTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void No_frame_morphs_across_a_cut()
    {
        var source = _folder.File("in.mkv");
        TwoScenes(source, 25, "0.4", "null");
        var output = _folder.File("out.mkv");
        var report = VfiCommand.Convert(source, "-o", output, "--encoder", "ffv1", "--interp-ratio", "4");
        Assert.Equal(1, report["cuts"]!.GetValue<int>());
        Assert.Equal(3, report["heldAtCut"]!.GetValue<int>());
        var shown = Tool.FrameHashes(output)[36..41];
        var sources = Tool.FrameHashes(source)[9..11];
        Assert.Equal([sources[0], sources[0], sources[0], sources[1], sources[1]], shown);
    }

    [Fact]
    public void Identical_frames_cost_no_inference()
    {
        var source = _folder.File("in.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x96:r=12:d=1,fps=24", "-c:v", "ffv1", "-pix_fmt", "yuv420p", source);
        var report = VfiCommand.Convert(source, "-o", _folder.File("out.mkv"), "--encoder", "ffv1", "--repeats", "1");
        Assert.Equal(12, report["heldStill"]!.GetValue<int>());
        Assert.Equal(11, report["interpolated"]!.GetValue<int>());
    }

    [Fact]
    public void Animation_on_twos_and_threes_comes_out_as_if_it_had_been_drawn_at_its_own_rate()
    {
        var once = _folder.File("once.mkv");
        Moving(once, "null");
        Moving(_folder.File("thrice.mkv"), "fps=24");
        VfiCommand.Convert(once, "-o", _folder.File("a.mkv"), "--encoder", "ffv1", "--interp-ratio", "6");
        var report = VfiCommand.Convert(_folder.File("thrice.mkv"), "-o", _folder.File("b.mkv"), "--encoder", "ffv1", "--repeats", "3");
        Assert.Equal(Tool.FrameHashes(_folder.File("a.mkv")), Tool.FrameHashes(_folder.File("b.mkv")));
        Assert.Equal(75, report["interpolated"]!.GetValue<int>());
    }

    [Theory]
    [InlineData(2, "18")]
    [InlineData(3, "28")]
    public void Repeats_are_found_in_what_a_lossy_encoder_made_of_them(int times, string crf)
    {
        // Grain in each of 20 pictures, and coding noise between a picture's frames.
        var source = _folder.File("in.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", $"testsrc2=s=320x180:r=10:d=2,noise=alls=12:allf=t,fps={10 * times}", "-c:v", "libx264", "-crf", crf, source);
        var report = VfiCommand.Convert(source, "-o", _folder.File("out.mkv"), "--model", "blend", "--repeats", $"{times}");
        // The first frame of each picture passes; all of the last one's do.
        Assert.Equal(20 + times - 1, report["sourceFramesShown"]!.GetValue<int>());
    }

    [Fact]
    public void A_picture_that_a_screen_recorder_showed_for_seconds_stands_until_the_next()
    {
        var source = _folder.File("screen.mkv");
        // Frames 5 to 49 of 60 are not there.
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x96:r=25:d=2.4,select='lt(n,5)+gte(n,50)'", "-fps_mode", "vfr", "-c:v", "ffv1", "-pix_fmt", "yuv420p", source);
        var output = _folder.File("out.mkv");
        var report = VfiCommand.Convert(source, "-o", output, "--encoder", "ffv1", "--model", "blend", "--still", "-1");
        var (sources, frames) = (Tool.FrameHashes(source), Tool.FrameHashes(output));
        Assert.Equal(15, sources.Length);
        Assert.Equal(120, frames.Length);
        // The frame before the next may be shown up to a tenth of a second early.
        Assert.All(frames[8..95], hash => Assert.Equal(sources[4], hash));
        Assert.Equal(sources[5], frames[100]);
        Assert.Equal(13, report["interpolated"]!.GetValue<int>());
    }

    [Fact]
    public void Slides_are_not_shown_before_their_time()
    {
        var source = _folder.File("slides.mkv");
        TwoScenes(source, 1, "3", "null");
        var output = _folder.File("out.mkv");
        var report = VfiCommand.Convert(source, "-o", output, "--encoder", "ffv1", "--model", "blend", "--out-fps", "25");
        Assert.Equal(1, report["cuts"]!.GetValue<int>());
        var (sources, frames) = (Tool.FrameHashes(source), Tool.FrameHashes(output));
        Assert.All(frames[50..73], hash => Assert.Equal(sources[2], hash));
        Assert.Equal(sources[3], frames[75]);
    }

    [Theory]
    [InlineData("blend", "auto", "source frames show the picture before once more: motion goes on through them (--repeats 1: they stay as they are)")]
    [InlineData("blend", "1", null)]
    [InlineData("blend", "3", null)]
    [InlineData("hold", "auto", null)]
    [InlineData("hold", "3", "repeats are left as they are: the model hold makes no frames to bridge them with")]
    public void What_repeats_do_to_the_result_is_said(string model, string repeats, string? expected)
    {
        var source = _folder.File("in.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=8:d=3,noise=alls=12:allf=t,fps=24", "-c:v", "libx264", source);
        var (exit, _, errors) = VfiCommand.Run("convert", source, "-o", _folder.File("out.mkv"), "--model", model, "--repeats", repeats);
        Assert.Equal(0, exit);
        var notes = errors.Split('\n').Where(l => l.Contains("repeats", StringComparison.Ordinal)).ToList();
        Assert.Equal(expected is null ? [] : [$"note: {expected}"], notes);
    }

    [Fact]
    public void What_is_shown_longer_than_repeats_stands_still()
    {
        var source = _folder.File("thrice.mkv");
        Moving(source, "fps=24");
        VfiCommand.Convert(source, "-o", _folder.File("a.mkv"), "--encoder", "ffv1", "--repeats", "1");
        VfiCommand.Convert(source, "-o", _folder.File("b.mkv"), "--encoder", "ffv1", "--repeats", "2");
        Assert.Equal(Tool.FrameHashes(_folder.File("a.mkv")), Tool.FrameHashes(_folder.File("b.mkv")));
    }

    [Theory]
    [InlineData("30", "2")]
    [InlineData("60", "3")]
    public void A_film_in_more_frames_becomes_what_the_film_itself_becomes(string rate, string repeats)
    {
        // Whose pictures are shown for 1, 2, 1, 1 and for 3, 2 frames in turn.
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x96:r=24:d=2", "-c:v", "ffv1", "-pix_fmt", "yuv420p", _folder.File("film.mkv"));
        Tool.Ffmpeg("-i", _folder.File("film.mkv"), "-vf", $"settb=1/24,setpts=N,fps={rate}", "-c:v", "ffv1", _folder.File("video.mkv"));
        VfiCommand.Convert(_folder.File("film.mkv"), "-o", _folder.File("a.mkv"), "--encoder", "ffv1", "--out-fps", "60");
        VfiCommand.Convert(_folder.File("video.mkv"), "-o", _folder.File("b.mkv"), "--encoder", "ffv1", "--out-fps", "60", "--repeats", repeats);
        // Whether the very last picture would have been repeated is not known.
        Assert.Equal(Tool.FrameHashes(_folder.File("a.mkv"))[..^5], Tool.FrameHashes(_folder.File("b.mkv"))[..^5]);
    }

    [Fact]
    public void Repeats_are_bridged_by_themselves_where_they_are_many_and_the_rate_is_raised()
    {
        var source = Moving(_folder.File("twice.mkv"), "settb=1/240,setpts='if(lt(N,16),N*8,128+(N-16)*4)',fps=60", 8);
        var (once, sources) = (_folder.File("once.mkv"), Tool.FrameHashes(source));
        Assert.Equal(80, sources.Length);
        Assert.Equal(64, sources.Distinct().Count());
        var report = VfiCommand.Convert(source, "-o", _folder.File("out.mkv"), "--encoder", "ffv1");
        var frames = Tool.FrameHashes(_folder.File("out.mkv"));
        // Each picture's repeat has become a frame between it and the next; the rest stays.
        Assert.Equal(Enumerable.Range(0, 64).Select(i => i < 16 ? 4 * i : 64 + 2 * (i - 16)), frames.Index().Where(f => sources.Contains(f.Item)).Select(f => f.Index).SkipLast(1));
        Assert.Equal(0, report["heldStill"]!.GetValue<int>());
        VfiCommand.Convert(source, "-o", once, "--encoder", "ffv1", "--interp-ratio", "1");
        Assert.Equal(sources, Tool.FrameHashes(once));
    }

    [Theory]
    [InlineData("30", "mkv", "auto", true)]
    [InlineData("40", "mp4", "auto", true)]
    [InlineData("30", "mp4", "1", false)]
    public void A_film_on_a_faster_clock_that_leaves_repeats_out_becomes_what_the_film_itself_becomes(string clock, string container, string repeats, bool isEven)
    {
        var (film, video) = (_folder.File("film.mkv"), _folder.File($"video.{container}"));
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x96:r=24:d=2", "-c:v", "ffv1", "-pix_fmt", "yuv420p", film);
        Tool.Ffmpeg("-i", film, "-vf", $"settb=1/{clock},setpts=floor((N+2)*{clock}/24)", "-fps_mode", "vfr", "-enc_time_base", $"1/{clock}", "-c:v", "libx264", "-crf", "0", video);
        VfiCommand.Convert(film, "-o", _folder.File("a.mkv"), "--encoder", "ffv1");
        VfiCommand.Convert(video, "-o", _folder.File("b.mkv"), "--encoder", "ffv1", "--out-fps", "48", "--repeats", repeats, "--chunk-seconds", "0.5");
        var (expected, frames) = (Tool.FrameHashes(_folder.File("a.mkv")), Tool.FrameHashes(_folder.File("b.mkv")));
        Assert.Equal(96, expected.Length);
        if (isEven)
            Assert.Equal(expected, frames);
        else
            Assert.True(frames.Count(expected.Contains) < 40);
        var (_, _, errors) = VfiCommand.Run("convert", video, "-o", _folder.File("c.mkv"), "--model", "hold", "--repeats", repeats);
        Assert.Equal(isEven, errors.Contains($"note: the file's times are those of 24 pictures a second on a clock of {clock}: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Chunks_with_even_times_are_not_taken_for_those_with_the_files()
    {
        // At the same rate and with the same number of frames, where no repeat is bridged.
        var video = _folder.File("video.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x96:r=24:d=2,trim=end_frame=45,settb=1/30,setpts=floor(N*30/24)", "-fps_mode", "vfr", "-enc_time_base", "1/30", "-c:v", "ffv1", "-pix_fmt", "yuv420p", video);
        string[] options = ["--encoder", "ffv1", "--model", "blend", "--out-fps", "24", "--work-dir", _folder.File("work")];
        VfiCommand.Convert([video, "-o", _folder.File("a.mkv"), .. options]);
        VfiCommand.Convert([video, "-o", _folder.File("b.mkv"), .. options, "--repeats", "1"]);
        var (even, plain) = (Tool.FrameHashes(_folder.File("a.mkv")), Tool.FrameHashes(_folder.File("b.mkv")));
        Assert.Equal(Tool.FrameHashes(video), even);
        Assert.Equal(even.Length, plain.Length);
        Assert.NotEqual(even, plain);
    }

    [Fact]
    public void Whether_a_file_holds_repeats_or_leaves_them_out_makes_no_difference()
    {
        // Of two films, one behind the other, so that the whole is not even.
        var (with, without) = (_folder.File("with.mkv"), _folder.File("without.mkv"));
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x96:r=24:d=4,settb=1/30,setpts='floor(if(lt(N,48),N,N+0.4)*30/24)'", "-fps_mode", "vfr", "-enc_time_base", "1/30", "-c:v", "ffv1", "-pix_fmt", "yuv420p", without);
        Tool.Ffmpeg("-i", without, "-vf", "fps=30", "-c:v", "ffv1", with);
        foreach (var source in (string[])[with, without])
            VfiCommand.Convert(source, "-o", source + "60.mkv", "--encoder", "ffv1", "--out-fps", "60");
        var (expected, frames) = (Tool.FrameHashes(with + "60.mkv"), Tool.FrameHashes(without + "60.mkv"));
        Assert.Equal(96, Tool.FrameHashes(without).Length);
        Assert.InRange(Tool.FrameHashes(with).Length, 119, 121);
        // Until repeats are many, and at the end, they are shown.
        Assert.Equal(expected[40..^8], frames[40..(expected.Length - 8)]);
        Assert.Equal(expected.Length - 48, expected[40..^8].Distinct().Count());
    }

    [Theory]
    [InlineData("1", "setpts=PTS/3")]
    [InlineData("auto", "settb=1/240,setpts='if(lt(N,16),N*8,128+(N-16)*4)',fps=60", 8)]
    [InlineData("3", "fps=24,trim=duration=1")]
    [InlineData("3", "setpts=PTS/3,fps=60")]
    public void Chunks_do_not_change_what_becomes_of_what_moves_and_repeats(string repeats, string filter, int seconds = 2)
    {
        // A keyframe on every picture: each chunk begins in the middle of the file, its borders at all places of a repeat, and what bends
        // the motion of its first and last frames lies beyond them.
        var source = _folder.File("in.mp4");
        Tool.Ffmpeg("-i", Moving(_folder.File("all.mkv"), filter, seconds), "-c:v", "libx264", "-crf", "0", "-g", "1", source);
        VfiCommand.Convert(source, "-o", _folder.File("a.mkv"), "--encoder", "ffv1", "--repeats", repeats);
        VfiCommand.Convert(source, "-o", _folder.File("b.mkv"), "--encoder", "ffv1", "--repeats", repeats, "--chunk-seconds", "0.1", "--work-dir", _folder.File("work"));
        // Every second chunk is made alone.
        var manifest = JsonNode.Parse(File.ReadAllText(_folder.File("work/manifest.json")))!;
        foreach (var (index, chunk) in manifest["chunks"]!.AsObject().Where(c => int.Parse(c.Key, CultureInfo.InvariantCulture) % 2 == 1))
            File.Delete(Path.Combine(_folder.File("work"), chunk!["file"]!.GetValue<string>()));
        VfiCommand.Convert(source, "-o", _folder.File("c.mkv"), "--encoder", "ffv1", "--repeats", repeats, "--chunk-seconds", "0.1", "--work-dir", _folder.File("work"));
        var whole = Tool.FrameHashes(_folder.File("a.mkv"));
        Assert.Equal(whole, Tool.FrameHashes(_folder.File("b.mkv")));
        Assert.Equal(whole, Tool.FrameHashes(_folder.File("c.mkv")));
    }

    [Fact]
    public void A_repeat_before_a_cut_is_shown_until_the_cut()
    {
        var source = _folder.File("in.mkv");
        TwoScenes(source, 12, "0.5", "fps=24");
        var output = _folder.File("out.mkv");
        var report = VfiCommand.Convert(source, "-o", output, "--encoder", "ffv1", "--repeats", "2");
        Assert.Equal(1, report["cuts"]!.GetValue<int>());
        var sources = Tool.FrameHashes(source);
        Assert.Equal(sources[10], sources[11]);
        // The cut lies between source frames 11 and 12, that is before output frame 24.
        Assert.Equal([sources[10], sources[10], sources[10], sources[11], sources[12]], Tool.FrameHashes(output)[20..25]);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>So many seconds each of two pictures without anything in common, through a filter.</summary>
    private static void TwoScenes(string path, int rate, string seconds, string filter) =>
        Tool.Ffmpeg("-f", "lavfi", "-i", $"testsrc2=s=160x96:r={rate}:d={seconds}", "-f", "lavfi", "-i", $"mandelbrot=s=160x96:r={rate}", "-filter_complex",
            $"[1:v]trim=duration={seconds}[b];[0:v][b]concat=n=2,{filter}", "-c:v", "ffv1", "-pix_fmt", "yuv420p", path);

    /// <summary>A test picture at 8 frames a second, through a filter.</summary>
    private static string Moving(string path, string filter, int seconds = 2)
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", $"testsrc2=s=160x96:r=8:d={seconds},{filter}", "-c:v", "ffv1", "-pix_fmt", "yuv420p", path);
        return path;
    }
}
