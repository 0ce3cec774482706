using System.Collections.Concurrent;
using FFMpegCore;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Media;

/// <summary>
/// Looks for black borders around the picture, as films and upright videos have them. What it finds need not be so in all frames: what moves
/// in the borders is seen where frames are made.
/// </summary>
internal static class BorderLook
{
    private const int Places = 12;

    /// <summary>In all places together.</summary>
    private const int Frames = 24;

    /// <summary>Of luma in limited range, which all videos are brought to.</summary>
    private const int Black = 16;

    /// <summary>Places looked at together: each decoder holds dozens of frames.</summary>
    private const int AtOnce = 2;

    /// <summary>Looks at some frames in places spread over a file; what cannot be read there is not seen.</summary>
    /// <param name="media">A file with a video.</param>
    /// <param name="isTurned">Whether frames are turned by the display matrix.</param>
    /// <param name="layout">Of the frames.</param>
    /// <param name="width">Of the frames.</param>
    /// <param name="height">Of the frames.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>Null: there are no borders, or the file itself hides some.</returns>
    public static async Task<BorderedPicture?> FindAsync(MediaInfo media, bool isTurned, PixelLayout layout, int width, int height, CancellationToken cancellationToken)
    {
        if (media.Video.Cropping is { IsNothing: false })
            return null;
        var places = media.IsSeekable ? (int)Math.Clamp((media.Duration / 2).Floor(), 1, Places) : 1;
        var seen = new ConcurrentDictionary<int, IReadOnlyList<LightProfile>>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, places), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (i, token) => seen[i] = await LookAtAsync(i, token).ConfigureAwait(false)).ConfigureAwait(false);
        return BorderedPicture.Judge([.. seen.Values.SelectMany(p => p)], layout);

        async Task<IReadOnlyList<LightProfile>> LookAtAsync(int place, CancellationToken token)
        {
            var at = Ffmpeg.SeekNear(places == 1 ? 0 : media.Duration * (2 * place + 1) / (2 * places));
            var found = new List<LightProfile>();
            using var watch = new SilenceWatch(SilenceWatch.Usual);
            using var socket = FfmpegSocket.ForOutput(async (stream, stop) =>
            {
                var luma = new byte[width * height];
                while (await stream.ReadAtLeastAsync(luma, luma.Length, throwOnEndOfStream: false, stop).ConfigureAwait(false) == luma.Length)
                {
                    watch.Life();
                    found.Add(LightProfile.Of(luma, width, Black));
                }
            });
            var filter = $"{FrameReader.SizeFilter(width, height)},scale=out_range=tv,format=yuv420p,extractplanes=y";
            var processor = FFMpegArguments
                .FromFileInput(Ffmpeg.FileArgument(media.Path), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} {Ffmpeg.SafeInput}{at}{(isTurned ? "" : " -noautorotate")}"))
                .OutputToFile(socket.Address, true, o => o.WithCustomArgument(
                    $"-map 0:{media.Video.Index} -vf {Ffmpeg.Quote(filter)} -frames:v {Frames / places} -fps_mode passthrough -noautoscale -c:v rawvideo -f rawvideo"));
            try
            {
                await Ffmpeg.RunAsync(processor, "looking for borders", socket, watch, token).ConfigureAwait(false);
            }
            catch (FfmpegFailedException)
            {
                // Damage is told where all frames are decoded.
            }
            return found;
        }
    }
}
