using System.Globalization;
using FFMpegCore;
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
        if (!File.Exists(path))
            throw VfiException.BadInput($"{path}: no such file");
        VideoFrame? frame = null;
        using var socket = FfmpegSocket.ForOutput(async (stream, token) =>
        {
            var nut = new NutReader(stream);
            if (await nut.NextFrameAsync(token).ConfigureAwait(false) is null)
                return;
            frame = new FramePool(Layout, nut.Width, nut.Height).Rent();
            await nut.ReadDataAsync(frame.Memory, token).ConfigureAwait(false);
            await stream.CopyToAsync(Stream.Null, token).ConfigureAwait(false);
        });
        var processor = FFMpegArguments
            .FromFileInput(Ffmpeg.FileArgument(path), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} {Ffmpeg.SafeInput}"))
            .OutputToFile(socket.Address, true, o => o.WithCustomArgument("-frames:v 1 -c:v rawvideo -pix_fmt gbrp -f nut"));
        try
        {
            await Ffmpeg.RunAsync(processor, "decoding", socket, null, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegFailedException e)
        {
            throw VfiException.BadInput($"{path}: cannot be decoded: {e.Reason}", e);
        }
        return frame ?? throw VfiException.BadInput($"{path}: holds no picture");
    }

    /// <exception cref="VfiException">The file cannot be written (failed).</exception>
    public static async Task WriteAsync(VideoFrame frame, string path, CancellationToken cancellationToken)
    {
        using var socket = FfmpegSocket.ForInput((stream, token) => stream.WriteAsync(frame.Memory, token).AsTask());
        var source = string.Create(CultureInfo.InvariantCulture, $"-f rawvideo -pix_fmt gbrp -video_size {frame.Width}x{frame.Height} -framerate 1");
        var processor = FFMpegArguments
            .FromFileInput(socket.Address, false, o => o.WithCustomArgument(source))
            .OutputToFile(Ffmpeg.FileArgument(path), true, o => o.WithCustomArgument($"{Ffmpeg.Quiet} -frames:v 1 -c:v png -pix_fmt rgb24 -f image2 -update 1"));
        try
        {
            await Ffmpeg.RunAsync(processor, "writing", socket, null, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegFailedException e)
        {
            throw VfiException.Failed($"{path}: cannot be written: {e.Reason}", e);
        }
    }
}
