using System.Globalization;
using FFMpegCore;

namespace Vfi.Pipeline.Media;

/// <summary>Two seconds of ffmpeg's moving test picture as H.264, 24 frames a second: something to measure with.</summary>
public static class TestClip
{
    /// <param name="path">Of the MP4 file.</param>
    /// <param name="width">In pixels; an odd one becomes the next even one, since 4:2:0 has no other.</param>
    /// <param name="height">Likewise.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VfiException">ffmpeg is missing (environment) or cannot make it (failed).</exception>
    public static async Task WriteAsync(string path, int width, int height, CancellationToken cancellationToken)
    {
        var source = string.Create(CultureInfo.InvariantCulture, $"testsrc2=size={width + width % 2}x{height + height % 2}:rate=24:duration=2");
        var processor = FFMpegArguments
            .FromFileInput(source, false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} -f lavfi"))
            .OutputToFile(Ffmpeg.FileArgument(path), true, o => o.WithCustomArgument("-c:v libx264 -preset ultrafast -pix_fmt yuv420p -f mp4"));
        try
        {
            await Ffmpeg.RunAsync(processor, "drawing a test clip", null, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegFailedException e)
        {
            throw VfiException.Failed($"{path}: a test clip of {width}x{height} cannot be made: {e.Reason}", e);
        }
    }
}
