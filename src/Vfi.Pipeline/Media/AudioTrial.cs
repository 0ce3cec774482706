using FFMpegCore;

namespace Vfi.Pipeline.Media;

/// <summary>Tries what joining will do to audio, before hours of work depend on it.</summary>
internal static class AudioTrial
{
    /// <summary>Re-encodes two seconds of each audio stream that the container needs re-encoded.</summary>
    /// <exception cref="VfiException">One cannot be (bad input).</exception>
    public static async Task RequireAsync(MediaInfo media, StreamPlan streams, CancellationToken cancellationToken)
    {
        foreach (var (stream, codec) in streams.ReencodedAudio)
        {
            var processor = FFMpegArguments
                .FromFileInput(Ffmpeg.FileArgument(media.Path), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} {media.InputOptions}"))
                .OutputToFile("-", true, o => o.WithCustomArgument($"-map 0:{stream.Index} {AudioEncoding.Options(codec, stream, "a")} -t 2 -abort_on empty_output -f null"));
            try
            {
                await Ffmpeg.RunAsync(processor, "trying the audio", null, cancellationToken).ConfigureAwait(false);
            }
            catch (FfmpegFailedException e) when (!e.IsUnexplained)
            {
                var keeper = Container.Keeper("audio", stream.Codec ?? "");
                throw VfiException.BadInput(
                    $"{media.Path}: audio stream {stream.Index}, {stream.Codec}, cannot be re-encoded to {codec} ({e.Reason}); " +
                    (keeper is null ? $"leave it out first, with: ffmpeg -i IN -map 0 -map -0:{stream.Index} -c copy OUT.mkv" : $"choose an output ending in {keeper}, which keeps it"),
                    e);
            }
            catch (FfmpegFailedException e)
            {
                throw VfiException.Failed($"{media.Path}: trying its audio failed: {e.Reason}; run the same command again", e);
            }
        }
    }
}
