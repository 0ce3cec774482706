using System.Globalization;
using FFMpegCore;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>
/// Which frames there are and when each is shown, told by the decoder: for streams whose packets do not tell it, such as MPEG program streams,
/// where several small pictures share one timestamp, AVI with B-frames, and recordings that begin between keyframes. Costs a pass of decoding.
/// </summary>
internal static class FrameTimes
{
    /// <param name="media">The source.</param>
    /// <param name="cancellationToken">Stops decoding.</param>
    /// <returns>Ticks in the order in which the decoder gives the frames, those of the last frame (0: not told), and what it complained about (null: nothing).</returns>
    /// <exception cref="VfiException">The decoder was ended from outside or is silent for a minute (failed), or gives not one frame (bad input).</exception>
    public static async Task<(List<long> Pts, long LastDuration, string? Complaint)> ReadAsync(MediaInfo media, CancellationToken cancellationToken)
    {
        List<long> times = [];
        long duration = 0;
        using var watch = new SilenceWatch(SilenceWatch.Usual);
        using var socket = FfmpegSocket.ForOutput(async (stream, token) =>
        {
            using var reader = new StreamReader(stream);
            var timeBase = media.Video.TimeBase;
            while (await reader.ReadLineAsync(token).ConfigureAwait(false) is { } line)
            {
                watch.Life();
                // "#tb 0: 1/90000", other comments, then: stream, dts, pts, duration, size, checksum
                if (line.StartsWith("#tb", StringComparison.Ordinal) && Rational.TryParse(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim(), out var told))
                    timeBase = told;
                if (line.StartsWith('#') || line.Split(',') is not { Length: > 3 } f)
                    continue;
                times.Add(Ticks(f[2], timeBase, media.Video.TimeBase));
                duration = Ticks(f[3], timeBase, media.Video.TimeBase);
            }
        });
        var processor = FFMpegArguments
            .FromFileInput(Ffmpeg.FileArgument(media.Path), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} {Ffmpeg.SafeInput} -copyts"))
            .OutputToFile(socket.Address, true, o => o.WithCustomArgument(
                $"-map 0:{media.Video.Index} -c:v wrapped_avframe -fps_mode passthrough {Ffmpeg.Ticks(media.Video.TimeBase)} -f framecrc"));
        try
        {
            var lines = await Ffmpeg.RunAsync(processor, "reading the frames' times", socket, watch, cancellationToken).ConfigureAwait(false);
            return (times, duration, Ffmpeg.Complaint(lines));
        }
        catch (FfmpegFailedException e) when (e.IsUnexplained)
        {
            // The file is not to blame: what was read so far must not pass for all of it.
            throw VfiException.Failed($"{media.Path}: reading the frames' times stopped after {times.Count} frames: {e.Reason}; run the same command again", e);
        }
        catch (FfmpegFailedException e) when (times.Count > 0)
        {
            return (times, duration, e.Reason);
        }
        catch (FfmpegFailedException e)
        {
            throw VfiException.BadInput($"{media.Path}: not one frame could be decoded: {e.Reason}", e);
        }
    }

    private static long Ticks(string text, Rational timeBase, Rational wanted) =>
        (long.Parse(text, CultureInfo.InvariantCulture) * timeBase / wanted).Round();
}
