namespace Vfi.Tests;

/// <summary>Soft texture that moves by whole pixels, with eight strokes of a subtitle that stands over it.</summary>
public sealed class OverlayTests : IDisposable
{
    private const string Strokes = "crop=80:20:40:60";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("yuv420p")]
    [InlineData("yuv444p10le")]
    public void A_subtitle_over_a_moving_picture_stays_whole_and_so_does_what_moves_under_it(string format)
    {
        string truth = _folder.File("truth.mkv"), source = _folder.File("in.mkv");
        Draw(truth, format, "1", "");
        Tool.Ffmpeg("-i", truth, "-vf", "select=not(mod(n\\,2)),setpts=N/10/TB", "-r", "10", "-c:v", "ffv1", source);
        VfiCommand.Convert(source, "-o", _folder.File("on.mkv"), "--encoder", "ffv1");
        VfiCommand.Convert(source, "-o", _folder.File("off.mkv"), "--encoder", "ffv1", "--Inference:Overlays=false");
        double on = Tool.Psnr(_folder.File("on.mkv"), truth, $"trim=end_frame=19,{Strokes}"), off = Tool.Psnr(_folder.File("off.mkv"), truth, $"trim=end_frame=19,{Strokes}");
        Assert.True(on > 30 && on > off + 3, $"{on:0.00} dB, with the subtitle taken for a part of the picture {off:0.00} dB");
        string[] black = Tool.FrameHashes(truth, $"{Strokes},format=gray,lutyuv=y='255*gt(val,210)'"), made = Tool.FrameHashes(_folder.File("on.mkv"), $"{Strokes},format=gray,lutyuv=y='255*gt(val,210)'");
        Assert.Single(((string[])[.. black, .. made[2..17]]).Distinct());
    }

    [Fact]
    public void A_subtitle_that_comes_and_goes_is_shown_as_long_as_it_was_wherever_chunks_begin()
    {
        string source = _folder.File("in.mkv"), bright = $"{Strokes},format=gray,lutyuv=y='255*gt(val,210)'";
        // In frames 8 to 22 of 30.
        Draw(source, "yuv420p", "3", ":enable='between(n,8,22)'");
        VfiCommand.Convert(source, "-o", _folder.File("a.mkv"), "--encoder", "ffv1", "--scene-cut", "0");
        VfiCommand.Convert(source, "-o", _folder.File("b.mkv"), "--encoder", "ffv1", "--scene-cut", "0", "--chunk-seconds", "0.3");
        Assert.Equal(Tool.FrameHashes(_folder.File("a.mkv")), Tool.FrameHashes(_folder.File("b.mkv")));
        var shown = Tool.FrameHashes(_folder.File("a.mkv"), bright);
        Assert.Single(shown[16..45].Distinct());
        Assert.DoesNotContain(shown[16], (string[])[.. shown[..15], .. shown[46..]]);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Twenty frames a second.</summary>
    private static void Draw(string path, string format, string seconds, string when)
    {
        var strokes = string.Join(',', Enumerable.Range(0, 8).Select(n => $"drawbox={44 + 9 * n}:64:3:12:white:fill{when}"));
        Tool.Ffmpeg(
            "-f", "lavfi", "-i", "color=gray:s=120x40:r=20,noise=alls=90:all_seed=3,scale=960x320:flags=bicubic,format=yuv444p,lutyuv=y=60+val/2", "-t", seconds,
            "-vf", $"crop=160:96:x='2*n':y='80+n',format={format},{strokes}", "-c:v", "ffv1", "-pix_fmt", format, path);
    }
}
