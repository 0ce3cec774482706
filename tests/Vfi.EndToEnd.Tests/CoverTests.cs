namespace Vfi.Tests;

/// <summary>Cover pictures, which containers carry in different ways.</summary>
public sealed class CoverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_cover_picture_stays_a_cover_in_MP4()
    {
        var source = _folder.File("in.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", _folder.File("cover.png"));
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-i", _folder.File("cover.png"), "-map", "0", "-map", "1", "-c:v:0", "libx264", "-c:v:1", "copy",
            "-disposition:v:1", "attached_pic", source);
        VfiCommand.Convert(source, "-o", _folder.File("out.mp4"), "--model", "hold", "--preset", "ultrafast");
        Assert.Equal("1", Tool.Probe(_folder.File("out.mp4"), "stream_disposition=attached_pic", "v:1"));
        Assert.Equal(20, Tool.Times(_folder.File("out.mp4")).Length);
    }

    [Theory]
    [InlineData("png", "mov", "QuickTime cannot carry it as a cover")]
    [InlineData("gif", "mp4", "MP4 cannot carry it as a cover")]
    [InlineData("png", "mp4", "MP4 cannot carry them beside a cover")]
    public void A_cover_that_the_container_lacks_is_left_out_and_said(string picture, string container, string note)
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", _folder.File("art." + picture));
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", "libx264", "-attach", _folder.File("art." + picture), "-metadata:s:t", $"mimetype=image/{picture}",
            "-metadata", "com.android.version=13", _folder.File("in.mkv"));
        var (exit, log, errors) = VfiCommand.Run("convert", _folder.File("in.mkv"), "-o", _folder.File("out." + container), "--model", "hold", "--json");
        Assert.True(exit == 0, errors);
        Assert.Contains(note, log, StringComparison.Ordinal);
        Assert.Equal(note.Contains("them", StringComparison.Ordinal), Tool.Probe(_folder.File("out." + container), "stream=codec_name", "v").Contains("png", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("jpg", "image/jpeg")]
    [InlineData("gif", "image/gif")]
    public void A_cover_picture_stays_a_cover_in_Matroska(string picture, string type)
    {
        var source = _folder.File("in.mkv");
        var art = _folder.File("art." + picture);
        Tool.Ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", art);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", "libx264", "-attach", art, "-metadata:s:t", "mimetype=" + type, source);
        VfiCommand.Convert(source, "-o", _folder.File("out.mkv"), "--model", "hold", "--preset", "ultrafast");
        Assert.Equal($"1\n{type}", Tool.Probe(_folder.File("out.mkv"), "stream_disposition=attached_pic:stream_tags=mimetype", "v:1"));
        Tool.Ffmpeg("-i", _folder.File("out.mkv"), "-map", "0:v:1", "-c", "copy", "-frames:v", "1", "-update", "1", _folder.File("back." + picture));
        // ffmpeg 7 writes a GIF's flags anew.
        Assert.Equal(Tool.FrameHashes(art), Tool.FrameHashes(_folder.File("back." + picture)));
    }

    public void Dispose() => _folder.Dispose();
}
