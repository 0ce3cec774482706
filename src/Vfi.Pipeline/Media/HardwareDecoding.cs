using FFMpegCore;

namespace Vfi.Pipeline.Media;

/// <summary>Decides whether to decode in hardware.</summary>
internal static class HardwareDecoding
{
    /// <param name="asked">auto, none, or ffmpeg's name of a method.</param>
    /// <param name="media">Its first frame is decoded as a probe.</param>
    /// <param name="cancellationToken">Stops the probe.</param>
    /// <returns>ffmpeg's name; null: software.</returns>
    /// <exception cref="VfiException">A method asked for by name does not work here (environment).</exception>
    public static async Task<string?> ChooseAsync(string asked, MediaInfo media, CancellationToken cancellationToken)
    {
        if (asked == "none" || (asked == "auto" && !File.Exists("/dev/nvidiactl")))
            return null;
        var method = asked == "auto" ? "cuda" : asked;
        if (!method.All(char.IsAsciiLetterOrDigit))
            throw VfiException.BadInput($"--hwaccel {asked}: give auto, none, or a name from ffmpeg -hwaccels");
        var processor = FFMpegArguments
            .FromFileInput(Ffmpeg.FileArgument(media.Path), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} {Ffmpeg.SafeInput} -hwaccel {method}"))
            .OutputToFile("-", true, o => o.WithCustomArgument($"-map 0:{media.Video.Index} -frames:v 1 -f null"));
        try
        {
            var lines = await Ffmpeg.RunAsync(processor, "probing hardware decoding", null, cancellationToken).ConfigureAwait(false);
            if (lines.Count == 0)
                return method;
            return asked == "auto" ? null : throw VfiException.Environment($"--hwaccel {asked} does not work here: {lines[0]}");
        }
        catch (FfmpegFailedException e)
        {
            return asked == "auto" ? null : throw VfiException.Environment($"--hwaccel {asked} does not work here: {e.Reason}", e);
        }
    }
}
