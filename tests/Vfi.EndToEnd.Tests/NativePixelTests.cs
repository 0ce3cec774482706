namespace Vfi.Tests;

public sealed class NativePixelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("yuv420p", "ffv1", 96, 64)]
    [InlineData("yuv420p", "libx264", 98, 62)]
    [InlineData("yuv420p", "libaom-av1", 97, 63)]
    [InlineData("yuv420p", "ffv1", 97, 63)]
    [InlineData("yuv420p", "ffv1", 353, 289)]
    [InlineData("yuv422p", "libx264", 96, 63)]
    [InlineData("yuv422p", "libaom-av1", 97, 64)]
    [InlineData("yuv444p", "libx264", 97, 63)]
    [InlineData("yuv420p10le", "ffv1", 97, 63)]
    [InlineData("yuv420p10le", "libx264", 96, 64)]
    [InlineData("yuv420p10le", "libx265", 96, 64)]
    [InlineData("yuv422p12le", "ffv1", 97, 63)]
    [InlineData("yuv444p16le", "ffv1", 96, 64)]
    [InlineData("yuvj420p", "libx264", 96, 64)]
    [InlineData("gbrp", "libx264", 97, 63)]
    [InlineData("gbrp", "ffv1", 96, 64)]
    [InlineData("gbrp10le", "ffv1", 97, 63)]
    [InlineData("gbrp", "libaom-av1", 97, 63)]
    [InlineData("gbrp10le", "libaom-av1", 96, 64)]
    [InlineData("yuv420p10le", "libaom-av1", 97, 63)]
    [InlineData("yuv444p12le", "libaom-av1", 96, 64)]
    [InlineData("gray", "libx264", 97, 63)]
    [InlineData("gray12le", "ffv1", 96, 64)]
    public void Source_frames_come_out_bit_for_bit(string format, string encoder, int width, int height)
    {
        var source = _folder.File("in.mkv");
        // Odd sizes with subsampled chroma need a lossless codec that takes them: ffv1 for all but full range by name.
        Tool.Ffmpeg("-f", "lavfi", "-i", Tool.TestPicture(width, height, "25", format), "-frames:v", "12",
            "-c:v", format.StartsWith("yuvj", StringComparison.Ordinal) ? "mjpeg" : "ffv1", source);
        var output = _folder.File("out.mkv");
        VfiCommand.Convert(source, "-o", output, "--model", "blend", "--encoder", encoder, "--crf", "0", "--preset", encoder switch { "ffv1" => "x", "libaom-av1" => "8", _ => "ultrafast" }, "--chunk-seconds", "0.4");
        // ffv1 stores 8-bit planar RGB as packed, and 8-bit grey in H.264 is decoded with empty chroma: compare in one format.
        var same = format == "gray" ? "extractplanes=y" : format.StartsWith("yuvj", StringComparison.Ordinal) ? "null" : $"format={format}";
        Assert.Equal($"{width}\n{height}", Tool.Probe(output, "stream=width,height"));
        Assert.Equal(Tool.FrameHashes(source, same), Tool.FrameHashes(output, $"select='not(mod(n,2))',{same}"));
    }

    [Theory]
    [InlineData("yuv420p", 97, 64, "auto", "av1", "yuv420p", "97x64 yuv420p is beyond libx264 and libx265")]
    [InlineData("yuv422p", 96, 63, "auto", "h264", "yuv422p", "libx264")]
    [InlineData("yuv420p", 96, 63, "libx264", "h264", "yuv422p", "converted from yuv420p to yuv422p")]
    [InlineData("yuv420p10le", 97, 63, "libx265", "hevc", "yuv444p10le", "converted from yuv420p10le to yuv444p10le")]
    public void Odd_sizes_are_encoded_by_what_has_them(string format, int width, int height, string encoder, string codec, string encoded, string said)
    {
        string source = _folder.File("in.mkv"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", Tool.TestPicture(width, height, "25", format), "-frames:v", "4", "-c:v", "ffv1", source);
        var (exit, log, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "blend", "--encoder", encoder, "--preset", "veryfast", "--json");
        Assert.True(exit == 0, errors);
        Assert.Contains(said, log, StringComparison.Ordinal);
        Assert.Equal($"{codec}\n{width}\n{height}\n{encoded}", Tool.Probe(output, "stream=codec_name,width,height,pix_fmt"));
    }

    [Theory]
    [InlineData("out.webm", "yuv420p", 96, 64, "av1", "yuv420p")]
    [InlineData("out.webm", "yuv422p10le", 96, 64, "av1", "yuv422p10le")]
    [InlineData("out.webm", "gbrp", 96, 64, "av1", "gbrp")]
    [InlineData("out.mov", "yuv420p", 97, 63, "ffv1", "yuv420p")]
    public void Auto_takes_an_encoder_whose_codec_the_container_has(string name, string format, int width, int height, string codec, string encoded)
    {
        string source = _folder.File("in.mkv"), output = _folder.File(name);
        Tool.Ffmpeg("-f", "lavfi", "-i", Tool.TestPicture(width, height, "25", format), "-frames:v", "3", "-c:v", "ffv1", source);
        VfiCommand.Convert(source, "-o", output, "--model", "blend");
        Assert.Equal($"{codec}\n{encoded}", Tool.Probe(output, "stream=codec_name,pix_fmt"));
    }

    [Theory]
    [InlineData("libsvtav1", null, "--encoder libsvtav1: takes even sizes alone, and the video has 97x63")]
    [InlineData("libx264", "yuv420p", "--pixel-format yuv420p: libx264 takes, of 97x63, yuv444p")]
    public void An_encoder_that_lacks_odd_sizes_is_refused(string encoder, string? pixelFormat, string said)
    {
        string source = _folder.File("in.mkv"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", Tool.TestPicture(97, 63, "25", "yuv420p"), "-frames:v", "4", "-c:v", "ffv1", source);
        var (exit, _, errors) = VfiCommand.Run(["convert", source, "-o", output, "--model", "blend", "--encoder", encoder, .. pixelFormat is null ? [] : (string[])["--pixel-format", pixelFormat]]);
        Assert.Equal(2, exit);
        Assert.Contains(said, errors, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public void Bench_says_how_to_cut_an_odd_size()
    {
        var source = _folder.File("in.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", Tool.TestPicture(97, 63, "25", "yuv420p"), "-frames:v", "4", "-c:v", "ffv1", source);
        var (exit, _, errors) = VfiCommand.Run("bench", source);
        Assert.Equal(2, exit);
        Assert.Contains("crop=96:62", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yuv420p", 320, 180)]
    [InlineData("yuv422p", 320, 180)]
    [InlineData("yuv444p", 321, 181)]
    [InlineData("yuv420p10le", 320, 180)]
    [InlineData("gbrp", 320, 180)]
    [InlineData("gray", 319, 179)]
    public void Frames_in_between_follow_a_moving_texture(string format, int width, int height)
    {
        // A texture that moves 3 pixels right and 1 down a frame at 50 fps; every second frame is taken away.
        var texture = _folder.File("texture.png");
        var truth = _folder.File("truth.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "gradients=s=640x360:seed=3:n=8:speed=0.00001,noise=alls=60:all_seed=5,gblur=sigma=2.5", "-frames:v", "1", "-pix_fmt", "rgb24", texture);
        Tool.Ffmpeg("-loop", "1", "-framerate", "50", "-i", texture, "-frames:v", "21", "-vf",
            $"crop={width}:{height}:'120-3*n':'60-1*n':exact=1,format={format}", "-c:v", "ffv1", truth);
        var source = _folder.File("in.mkv");
        Tool.Ffmpeg("-i", truth, "-vf", "select='not(mod(n,2))'", "-fps_mode", "passthrough", "-c:v", "ffv1", source);
        var output = _folder.File("out.mkv");
        VfiCommand.Convert(source, "-o", output, "--encoder", "ffv1");
        // The last frame is held: frames 1, 3, … 19 were made.
        var psnr = Tool.Psnr(output, truth, "select='mod(n,2)*lt(n,20)'");
        Assert.True(psnr > 38, $"{psnr:0.00} dB");
    }

    [Theory]
    [InlineData("tv", "bt709", "bt709", "bt709", "yuv420p")]
    [InlineData("tv", "bt470bg", "bt470bg", "smpte170m", "yuv420p")]
    [InlineData("tv", "bt2020", "smpte2084", "bt2020nc", "yuv420p10le")]
    [InlineData("tv", "bt2020", "arib-std-b67", "bt2020nc", "yuv420p10le")]
    [InlineData("pc", "bt709", "iec61966-2-1", "bt709", "yuv444p")]
    public void The_colour_description_goes_through(string range, string primaries, string transfer, string matrix, string format)
    {
        var source = _folder.File("in.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.5", "-vf",
            $"setparams=range={range}:color_primaries={primaries}:color_trc={transfer}:colorspace={matrix},setsar=4/3,format={format}",
            "-chroma_sample_location", "topleft", "-c:v", "libx264", source);
        var output = _folder.File("out.mp4");
        VfiCommand.Convert(source, "-o", output, "--model", "blend", "--preset", "ultrafast");
        const string entries = "stream=pix_fmt,color_range,color_space,color_transfer,color_primaries,chroma_location,sample_aspect_ratio";
        Assert.Equal(Tool.Probe(source, entries), Tool.Probe(output, entries));
    }

    [Theory]
    [InlineData("range=pc:color_primaries=bt709:color_trc=bt470bg:colorspace=bt470bg", "yuv420p")]
    [InlineData("range=pc:colorspace=smpte170m", "yuv422p10le")]
    [InlineData("range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc", "yuv420p10le")]
    public void The_colour_description_goes_through_an_encoder_that_says_nothing_of_it(string parameters, string format)
    {
        var source = _folder.File("in.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-vf", $"setparams={parameters},format={format}", "-chroma_sample_location", "topleft", "-c:v", "libx264", source);
        var output = _folder.File("out.mkv");
        VfiCommand.Convert(source, "-o", output, "--model", "blend", "--encoder", "ffv1");
        const string entries = "stream=color_range,color_space,color_transfer,color_primaries,chroma_location";
        Assert.Equal(Tool.Probe(source, entries), Tool.Probe(output, entries));
    }

    [Fact]
    public void A_range_that_QuickTime_cannot_tell_is_said()
    {
        var source = _folder.File("in.avi");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", "mjpeg", source);
        var (exitCode, _, errors) = VfiCommand.Run("convert", source, "-o", _folder.File("out.mov"), "--model", "blend", "--encoder", "ffv1");
        Assert.Equal(0, exitCode);
        Assert.Contains("QuickTime cannot tell that the samples of FFV1 have full range", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("libx265")]
    [InlineData("libx264")]
    public void HDR10_mastering_and_light_level_go_through(string encoder)
    {
        // ffmpeg 5.1 decodes them from HEVC only: the bitstream is what is looked at.
        var source = _folder.File("in.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-x265-params",
            "log-level=error:hdr10=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50):max-cll=1000,400", source);
        var output = _folder.File("out.mkv");
        VfiCommand.Convert(source, "-o", output, "--model", "blend", "--preset", "ultrafast", "--encoder", encoder);
        foreach (var path in (string[])[source, output])
        {
            var headers = Headers(path);
            foreach (var value in (string[])["display_primaries_x[0]", "white_point_x", "max_display_mastering_luminance", "min_display_mastering_luminance", "max_content_light_level", "max_pic_average_light_level"])
                Assert.Contains(value, headers, StringComparison.Ordinal);
            foreach (var value in (string[])["= 8500", "= 15635", "= 10000000", "= 50", "= 1000", "= 400"])
                Assert.Contains(value, headers, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("mp4", 90)]
    [InlineData("mov", 180)]
    [InlineData("mp4", 270)]
    public void Orientation_goes_through(string container, int degrees)
    {
        var plain = _folder.File("plain." + container);
        var source = _folder.File("in." + container);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", "libx264", plain);
        Tool.Turn(plain, degrees, source);
        var expected = Tool.Probe(source, "stream_side_data=rotation");
        Assert.NotEqual("", expected);
        var output = _folder.File("out." + container);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(expected, Tool.Probe(output, "stream_side_data=rotation"));
        Assert.Equal("96\n64", Tool.Probe(output, "stream=width,height"));
    }

    [Fact]
    public void Where_the_container_has_no_orientation_the_picture_is_turned()
    {
        var plain = _folder.File("plain.mp4");
        var source = _folder.File("in.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", "libx264", plain);
        Tool.Turn(plain, 90, source);
        VfiCommand.Convert(source, "-o", _folder.File("out.mkv"), "--model", "hold", "--preset", "ultrafast");
        Assert.Equal("64\n96", Tool.Probe(_folder.File("out.mkv"), "stream=width,height"));
    }

    [Fact]
    public void The_shape_of_pixels_is_kept_to_the_last_digit()
    {
        string source = _folder.File("in.mp4"), output = _folder.File("out.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.2", "-vf", "setsar=r=640/639:max=1000", "-c:v", "libx264", source);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        Assert.Equal("640:639", Tool.Probe(output, "stream=sample_aspect_ratio"));
    }

    [Fact]
    public void A_turned_picture_keeps_its_shape()
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-vf", "setsar=4/3", "-c:v", "libx264", _folder.File("plain.mp4"));
        Tool.Turn(_folder.File("plain.mp4"), 90, _folder.File("in.mp4"));
        VfiCommand.Convert(_folder.File("in.mp4"), "-o", _folder.File("out.mkv"), "--model", "hold", "--preset", "ultrafast");
        Assert.Equal("64\n96\n3:4", Tool.Probe(_folder.File("out.mkv"), "stream=width,height,sample_aspect_ratio"));
    }

    [Theory]
    [InlineData("mp4", -1, 0, 0, 1)]
    [InlineData("mov", 1, 0, 0, -1)]
    [InlineData("mp4", 0, 1, 1, 0)]
    [InlineData("mkv", 0, -1, -1, 0)]
    [InlineData("mp4", 0, 1, -1, 0)]
    public void A_picture_that_is_shown_mirrored_or_turned_is_shown_so(string container, int a, int b, int c, int d)
    {
        string source = _folder.File("in.mp4"), output = _folder.File("out." + container);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc=s=96x64:r=25:d=0.2", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-qp", "0", source);
        Tool.Turn(source, 96, 64, a, b, c, d);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--crf", "0");
        string Shown(string path) => Tool.Ffmpeg("-i", path, "-frames:v", "1", "-f", "framemd5", "-").Split('\n').Last(l => l.StartsWith("0,", StringComparison.Ordinal)).Split(',')[^1];
        Assert.Equal(Shown(source), Shown(output));
    }

    public void Dispose() => _folder.Dispose();

    private static string Headers(string path)
    {
        var start = new System.Diagnostics.ProcessStartInfo("ffmpeg", ["-v", "trace", "-nostdin", "-i", path, "-c", "copy", "-frames:v", "1", "-bsf:v", "trace_headers", "-f", "null", "-"]) { RedirectStandardError = true };
        using var process = System.Diagnostics.Process.Start(start)!;
        return process.StandardError.ReadToEnd();
    }
}
