namespace Vfi.Tests;

public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_missing_file() => Refused("no such file", _folder.File("missing.mp4"));

    [Theory]
    [InlineData("frames/%04d.png", "of pictures make one: ffmpeg")]
    [InlineData("https://example.org/a.mp4", "download it first")]
    [InlineData("-", "write it to a file first")]
    public void What_is_no_file_is_refused_with_the_way_out(string input, string wayOut)
    {
        var (exitCode, _, errors) = VfiCommand.Run("convert", input, "-o", _folder.File("out.mkv"));
        Assert.Equal(2, exitCode);
        Assert.Contains($"{input}: no such file", errors, StringComparison.Ordinal);
        Assert.Contains(wayOut, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder() => Refused("is a folder; give a video file (of pictures make one", _folder.Path);

    [Fact]
    public void An_empty_file()
    {
        File.WriteAllText(_folder.File("empty.mp4"), "");
        Refused("is empty", _folder.File("empty.mp4"));
    }

    [Fact]
    public void Text_named_mp4()
    {
        File.WriteAllText(_folder.File("text.mp4"), "this is not a video, whatever its name says\n");
        Refused("not a media file", _folder.File("text.mp4"));
    }

    [Fact]
    public void Audio_only()
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "sine=d=1", _folder.File("a.m4a"));
        Refused("no video stream", _folder.File("a.m4a"));
    }

    [Fact]
    public void No_frames_at_all()
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-c:v", "libx264", _folder.File("full.mp4"));
        Tool.Ffmpeg("-i", _folder.File("full.mp4"), "-c", "copy", "-frames:v", "0", _folder.File("none.mp4"));
        Refused("", _folder.File("none.mp4"));
    }

    [Theory]
    [InlineData("mkv", 0.6)]
    [InlineData("mp4", 0.6)]
    public void A_truncated_file_is_refused_and_can_be_tolerated(string container, double share)
    {
        var full = _folder.File("full." + container);
        var cut = _folder.File("cut." + container);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=8", "-c:v", "libx264", "-g", "25", "-movflags", "+faststart", full);
        var bytes = File.ReadAllBytes(full);
        File.WriteAllBytes(cut, bytes[..(int)(bytes.Length * share)]);
        Refused("--tolerate-damage", cut);
        VfiCommand.Convert(cut, "-o", _folder.File("out.mkv"), "--tolerate-damage", "--model", "hold", "--preset", "ultrafast");
        Assert.InRange(Tool.Times(_folder.File("out.mkv")).Length, 150, 330);
    }

    [Fact]
    public void Frames_lost_in_the_middle_are_counted_and_with_tolerance_bridged()
    {
        // Whole groups of pictures lose their data; the container still lists every frame.
        var full = _folder.File("full.mkv");
        var broken = _folder.File("broken.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=4", "-c:v", "libx264", "-g", "10", "-bf", "0", full);
        Tool.Ffmpeg("-i", full, "-c", "copy", "-bsf:v", "noise=amount='if(between(n,40,49),1,0)'", broken);
        var source = Tool.Times(broken).Length;
        var decoded = Tool.FrameHashes(broken).Length;
        Assert.True(decoded < source, "the clip is not broken");
        Assert.Contains($"{decoded} of {source} frames", Refused("--tolerate-damage", broken), StringComparison.Ordinal);
        var report = VfiCommand.Convert(broken, "-o", _folder.File("out.mkv"), "--tolerate-damage", "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(source - decoded, report["missingSourceFrames"]!.GetValue<int>());
        Assert.Equal(2 * source, Tool.Times(_folder.File("out.mkv")).Length);
    }

    [Fact]
    public void Pictures_that_the_decoder_complained_about_are_converted_and_said()
    {
        var (full, broken) = (_folder.File("full.mpg"), _folder.File("broken.mpg"));
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-c:v", "mpeg2video", full);
        var bytes = File.ReadAllBytes(full);
        // Within one picture's data.
        bytes.AsSpan(bytes.Length / 2, 16).Fill(0x55);
        File.WriteAllBytes(broken, bytes);
        var (exit, _, errors) = VfiCommand.Run("convert", broken, "-o", _folder.File("out.mkv"), "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(0, exit);
        Assert.Contains("note: all source frames were decoded, but pictures may be damaged: the decoder complained (", errors, StringComparison.Ordinal);
        Assert.Equal(100, Tool.Times(_folder.File("out.mkv")).Length);
    }

    [Fact]
    public void Recordings_put_together_as_they_are_are_refused_with_a_way_out_that_works()
    {
        var (one, both, mended) = (_folder.File("one.ts"), _folder.File("both.ts"), _folder.File("mended.mkv"));
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=3", "-c:v", "libx264", one);
        File.WriteAllBytes(both, [.. File.ReadAllBytes(one), .. File.ReadAllBytes(one)]);
        Refused("the video's times jump back by 3.0 s, as where recordings were put together; put them in order with: ffmpeg -i IN -map 0 -c copy OUT.mkv", both);
        Tool.Ffmpeg("-i", both, "-map", "0", "-c", "copy", mended);
        VfiCommand.Convert(mended, "-o", _folder.File("out.mkv"), "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(300, Tool.Times(_folder.File("out.mkv")).Length);
    }

    [Theory]
    [InlineData("64x48")]
    [InlineData("192x128")]
    [InlineData("64x96")]
    public void A_picture_whose_size_changes_is_refused(string size)
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-c:v", "libx264", _folder.File("a.ts"));
        Tool.Ffmpeg("-f", "lavfi", "-i", $"testsrc2=s={size}:r=25:d=1", "-c:v", "libx264", "-output_ts_offset", "1", _folder.File("b.ts"));
        File.WriteAllBytes(_folder.File("in.ts"), [.. File.ReadAllBytes(_folder.File("a.ts")), .. File.ReadAllBytes(_folder.File("b.ts"))]);
        Refused("the picture's size changes from 96x64 after about 2", _folder.File("in.ts"));
    }

    [Theory]
    [InlineData("--out-fps 0", "--out-fps 0")]
    [InlineData("--out-fps NaN", "--out-fps NaN")]
    [InlineData("--out-fps 5000", "at most 1000")]
    [InlineData("--interp-ratio -1", "--interp-ratio -1")]
    [InlineData("--model nothing", "no such model")]
    [InlineData("--encoder mpeg9", "--encoder mpeg9")]
    [InlineData("--pixel-format rgb3", "--pixel-format rgb3")]
    [InlineData("--crf 99", "--crf 99")]
    [InlineData("--motion-scale 1/3", "--motion-scale 1/3: must be auto, half, 1, 1/2, 1/4 or 1/8")]
    [InlineData("--chunk-seconds 0", "--chunk-seconds")]
    [InlineData("--scene-cut 2", "--scene-cut 2")]
    [InlineData("--repeats 9", "--repeats 9")]
    [InlineData("--threads 0", "--threads 0")]
    [InlineData("--nonsense", "--nonsense")]
    public void A_wrong_option_is_named(string options, string named) => Refused(named, [Clip(), .. options.Split(' ')]);

    [Fact]
    public void A_provider_that_is_not_here_is_exit_code_3()
    {
        var (exit, _, errors) = VfiCommand.Run("convert", Clip(), "-o", _folder.File("o.mp4"), "--provider", "tensorrt");
        Assert.Equal(3, exit);
        Assert.Contains("libcuda.so.1", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_output_is_never_the_input()
    {
        var clip = Clip();
        Refused("is the input itself", clip, "-o", clip, "--overwrite");
        File.CreateSymbolicLink(_folder.File("link.mp4"), clip);
        Refused("is the input itself", clip, "-o", _folder.File("link.mp4"), "--overwrite");
    }

    [Fact]
    public void An_existing_output_is_kept()
    {
        File.WriteAllText(_folder.File("out.mp4"), "mine");
        Refused("--overwrite", Clip(), "-o", _folder.File("out.mp4"));
        Assert.Equal("mine", File.ReadAllText(_folder.File("out.mp4")));
    }

    [Fact]
    public void An_output_folder_that_is_not_there() => Refused("does not exist", Clip(), "-o", _folder.File("no/such/out.mp4"));

    [Fact]
    public void An_output_whose_name_no_file_system_takes() => Refused("the name has 256 bytes", Clip(), "-o", _folder.File(new string('視', 84) + ".mkv"));

    [Theory]
    [InlineData("missing")]
    [InlineData("folder-whose-name-is-longer-than-the-108-characters-that-the-address-of-a-socket-can-have-on-this-operating-system-at-all")]
    public void A_temporary_folder_that_cannot_hold_sockets_is_exit_code_3(string name)
    {
        if (name != "missing")
            Directory.CreateDirectory(_folder.File(name));
        using var process = VfiCommand.Start(new Dictionary<string, string> { ["TMPDIR"] = _folder.File(name) }, "convert", Clip(), "-o", _folder.File("o.mp4"), "--model", "hold");
        process.WaitForExit();
        Assert.Equal(3, process.ExitCode);
        Assert.Contains("set TMPDIR to a folder", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_container() => Refused("no such output container", Clip(), "-o", _folder.File("out.xyz"));

    [Fact]
    public void A_playlist_cannot_open_other_protocols()
    {
        File.WriteAllText(_folder.File("list.m3u8"), "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n");
        Refused("", _folder.File("list.m3u8"));
    }

    [Theory]
    [InlineData("input", "convert", "")]
    [InlineData("--output", "convert", "in.mp4", "-o", "")]
    [InlineData("--work-dir", "convert", "in.mp4", "--work-dir", "")]
    [InlineData("file", "models", "import", "", "--kind", "frame")]
    public void An_empty_value_is_named(string name, params string[] arguments)
    {
        var (exit, _, errors) = VfiCommand.Run(arguments);
        Assert.Equal(2, exit);
        Assert.Contains($"vfi: {name}: the value is empty", errors, StringComparison.Ordinal);
    }

    public static TheoryData<string> Names => ["-starts with dash.mp4", "per%cent%03d.mp4", "quote\"s and 'more'.mp4", "new\nline.mp4", "co:lon.mp4", "back\\slash\\.mp4", "ünï 視.mp4", "$(touch x);`y`.mp4", "C# 1.mp4", "what?.mp4", new string('視', 81) + ".mp4"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_file_name_works(string name)
    {
        var path = _folder.File(name);
        File.Move(Clip(), path);
        VfiCommand.Convert(path, "--model", "hold", "--preset", "ultrafast");
        var output = Path.Combine(_folder.Path, Path.GetFileNameWithoutExtension(name) + "_50fps.mp4");
        Assert.True(File.Exists(output));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    public void Dispose() => _folder.Dispose();

    private string Clip()
    {
        var path = _folder.File("clip.mp4");
        if (!File.Exists(path))
            Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.4", "-c:v", "libx264", path);
        return path;
    }

    /// <summary>Exit code 2, one line on stderr that names the file or option, nothing left behind.</summary>
    private string Refused(string expected, params string[] arguments)
    {
        var before = Directory.GetFileSystemEntries(_folder.Path).Length;
        var (exit, output, errors) = VfiCommand.Run(["convert", "--json", .. arguments]);
        Assert.True(exit == 2, $"exit code {exit}: {errors}");
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("done", output, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path).Length);
        return errors;
    }
}
