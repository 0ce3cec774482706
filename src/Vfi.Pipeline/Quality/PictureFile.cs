using System.Globalization;
using FFMpegCore;
using FFMpegCore.Pipes;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Media;

namespace Vfi.Pipeline.Quality;

/// <summary>Pictures on disk as frames of planar 8-bit RGB.</summary>
internal static class PictureFile
{
    public static readonly PixelLayout Layout = PixelLayout.All["gbrp"];

    /// <exception cref="VfiException">Missing or unreadable (bad input).</exception>
    public static async Task<VideoFrame> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var media = await MediaProbe.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        var pool = new FramePool(Layout, media.Video.Width, media.Video.Height);
        var frame = pool.Rent();
        var processor = FFMpegArguments
            .FromFileInput(Ffmpeg.FileArgument(path), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} {Ffmpeg.SafeInput}"))
            .OutputToPipe(new Sink(frame), o => o.WithCustomArgument("-frames:v 1 -c:v rawvideo -pix_fmt gbrp"));
        try
        {
            await Ffmpeg.RunAsync(processor, "decoding", null, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegFailedException e)
        {
            throw VfiException.BadInput($"{path}: cannot be decoded: {e.Reason}", e);
        }
        return frame;
    }

    /// <exception cref="VfiException">The file cannot be written (failed).</exception>
    public static async Task WriteAsync(VideoFrame frame, string path, CancellationToken cancellationToken)
    {
        var processor = FFMpegArguments
            .FromPipeInput(new Source(frame))
            .OutputToFile(Ffmpeg.FileArgument(path), true, o => o.WithCustomArgument($"{Ffmpeg.Quiet} -frames:v 1 -c:v png -pix_fmt rgb24 -f image2 -update 1"));
        try
        {
            await Ffmpeg.RunAsync(processor, "writing", null, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegFailedException e)
        {
            throw VfiException.Failed($"{path}: cannot be written: {e.Reason}", e);
        }
    }

    private sealed class Sink(VideoFrame frame) : IPipeSink
    {
        public string GetFormat() => "rawvideo";

        public async Task ReadAsync(Stream inputStream, CancellationToken cancellationToken) =>
            await inputStream.ReadExactlyAsync(frame.Memory, cancellationToken).ConfigureAwait(false);
    }

    private sealed class Source(VideoFrame frame) : IPipeSource
    {
        public string GetStreamArguments() =>
            string.Create(CultureInfo.InvariantCulture, $"-f rawvideo -pix_fmt gbrp -video_size {frame.Width}x{frame.Height} -framerate 1");

        public async Task WriteAsync(Stream outputStream, CancellationToken cancellationToken) =>
            await outputStream.WriteAsync(frame.Memory, cancellationToken).ConfigureAwait(false);
    }
}
