namespace Vfi.Tests;

public sealed class SceneTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void No_frame_morphs_across_a_cut()
    {
        var source = _folder.File("in.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x96:r=25:d=0.4", "-f", "lavfi", "-i", "mandelbrot=s=160x96:r=25", "-filter_complex",
            "[1:v]trim=duration=0.4[b];[0:v][b]concat=n=2", "-c:v", "ffv1", "-pix_fmt", "yuv420p", source);
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
        var report = VfiCommand.Convert(source, "-o", _folder.File("out.mkv"), "--encoder", "ffv1");
        Assert.Equal(12, report["heldStill"]!.GetValue<int>());
        Assert.Equal(11, report["interpolated"]!.GetValue<int>());
    }

    public void Dispose() => _folder.Dispose();
}
