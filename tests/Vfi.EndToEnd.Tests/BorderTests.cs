namespace Vfi.Tests;

public sealed class BorderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("films", "motion-s", "yuv420p", "160x96", "160x144", "0:24")]
    [InlineData("films of ten bits", "motion-s", "yuv420p10le", "160x96", "160x144", "0:24")]
    [InlineData("upright video", "blend", "yuv422p", "160x96", "320x96", "80:0")]
    [InlineData("pictures at one side", "blend", "gbrp", "160x96", "200x130", "0:34")]
    [InlineData("films whose matrix follows from the number of lines", "motion-s", "yuv444p", "320x180", "1280x720", "500:300")]
    public void A_picture_within_black_borders_becomes_what_it_becomes_alone(string what, string model, string format, string size, string frame, string at)
    {
        var crop = $"crop={size.Replace('x', ':')}:{at}:exact=1";
        string framed = _folder.File("framed.mkv"), alone = _folder.File("alone.mkv");
        Tool.Ffmpeg(["-f", "lavfi", "-i", $"{Moving(size)},format={format},pad={frame.Replace('x', ':')}:{at}", "-t", "0.5", "-c:v", "ffv1", .. format == "gbrp" ? (string[])["-color_range", "pc"] : [], framed]);
        Tool.Ffmpeg(["-i", framed, "-vf", crop, "-c:v", "ffv1", .. frame.EndsWith("720", StringComparison.Ordinal) ? (string[])["-colorspace", "bt709"] : [], alone]);
        string[] options = ["--encoder", "ffv1", "--interp-ratio", "3", "--model", model, "--motion-scale", "1"];
        VfiCommand.Convert([alone, "-o", _folder.File("a.mkv"), .. options]);
        var report = VfiCommand.Convert([framed, "-o", _folder.File("b.mkv"), .. options]);
        Assert.True(report["interpolated"]!.GetValue<int>() == 8, what);
        Assert.Equal(Tool.FrameHashes(_folder.File("a.mkv")), Tool.FrameHashes(_folder.File("b.mkv"), crop));
        var borders = $"drawbox=x={at.Split(':')[0]}:y={at.Split(':')[1]}:w={size.Split('x')[0]}:h={size.Split('x')[1]}:t=fill:color=black";
        Assert.Single(((string[])[.. Tool.FrameHashes(framed, borders), .. Tool.FrameHashes(_folder.File("b.mkv"), borders)]).Distinct());
    }

    [Fact]
    public void Where_the_picture_fills_the_frame_for_a_while_all_of_it_is_interpolated_wherever_chunks_begin()
    {
        // Frames 30 to 39 of 70 have no borders.
        string source = _folder.File("in.mkv"), filled = _folder.File("filled.mkv"), film = $"{Moving("160x96")},format=yuv420p,pad=160:144:0:24";
        Tool.Ffmpeg(
            "-f", "lavfi", "-t", "3", "-i", film, "-f", "lavfi", "-t", "1", "-i", $"{Moving("160x144")},format=yuv420p", "-f", "lavfi", "-t", "3", "-i", film,
            "-filter_complex", "[0][1][2]concat=n=3", "-c:v", "ffv1", "-g", "1", source);
        Tool.Ffmpeg("-i", source, "-vf", "trim=start_frame=30:end_frame=40,setpts=PTS-STARTPTS", "-c:v", "ffv1", filled);
        // What stands is looked for within borders alone.
        string[] options = ["--encoder", "ffv1", "--scene-cut", "0", "--motion-scale", "1", "--Inference:Overlays=false"];
        VfiCommand.Convert([source, "-o", _folder.File("a.mkv"), .. options]);
        VfiCommand.Convert([source, "-o", _folder.File("b.mkv"), "--chunk-seconds", "0.3", .. options]);
        VfiCommand.Convert([filled, "-o", _folder.File("c.mkv"), .. options]);
        var frames = Tool.FrameHashes(_folder.File("a.mkv"));
        Assert.Equal(frames, Tool.FrameHashes(_folder.File("b.mkv")));
        // The motion before and after counts where the borders come and go.
        Assert.Equal(Tool.FrameHashes(_folder.File("c.mkv"))[2..17], frames[62..77]);
    }

    [Fact]
    public void A_subtitle_in_a_border_leaves_the_picture_as_it_is_without()
    {
        string plain = _folder.File("plain.mkv"), titled = _folder.File("titled.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-t", "1", "-i", $"{Moving("160x96")},format=yuv420p,pad=160:144:0:24", "-c:v", "ffv1", plain);
        // Frames 3 to 6 of 10.
        Tool.Ffmpeg("-i", plain, "-vf", "drawbox=40:128:80:8:white:fill:enable='between(n,3,6)'", "-c:v", "ffv1", titled);
        VfiCommand.Convert(plain, "-o", _folder.File("a.mkv"), "--encoder", "ffv1");
        VfiCommand.Convert(titled, "-o", _folder.File("b.mkv"), "--encoder", "ffv1");
        string[] pictures = Tool.FrameHashes(_folder.File("b.mkv"), "crop=160:96:0:24"), borders = Tool.FrameHashes(_folder.File("b.mkv"), "crop=160:24:0:120");
        // Where it comes and goes, whole frames are interpolated.
        Assert.Equal([5, 13], Tool.FrameHashes(_folder.File("a.mkv"), "crop=160:96:0:24").Zip(pictures).Index().Where(p => p.Item.First != p.Item.Second).Select(p => p.Index));
        Assert.Single(borders[6..13].Distinct());
    }

    [Fact]
    public void What_moves_in_a_border_beside_a_picture_that_stands_is_interpolated()
    {
        var source = _folder.File("in.mkv");
        // In frames 20 to 25 of 60.
        Tool.Ffmpeg(
            "-f", "lavfi", "-t", "2.4", "-i", "color=gray:s=160x96:r=25,format=yuv420p,pad=160:144:0:24", "-f", "lavfi", "-t", "0.24", "-i", "color=white:s=16x8:r=25",
            "-filter_complex", "[1]tpad=20[m];[0][m]overlay=x=(n-20)*8+20:y=128:enable='between(n,20,25)'", "-c:v", "ffv1", "-pix_fmt", "yuv420p", source);
        var report = VfiCommand.Convert(source, "-o", _folder.File("out.mkv"), "--encoder", "ffv1", "--repeats", "1");
        // From frame to frame, and where it comes and goes.
        Assert.Equal(7, report["interpolated"]!.GetValue<int>());
        Assert.Equal(13, Tool.FrameHashes(_folder.File("out.mkv"))[39..52].Distinct().Count());
    }

    public void Dispose() => _folder.Dispose();

    private static string Moving(string size) => $"testsrc2=s={size}:r=10,noise=alls=8:allf=t:all_seed=1";
}
