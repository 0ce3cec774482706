using System.Text.RegularExpressions;
using FFMpegCore;

namespace Vfi.Pipeline.Media;

/// <summary>
/// Closed captions that lie in the pictures' data (CEA-608, ATSC A/53 part 4). A decoder gives them with its pictures, and an encoder that is fed pixels
/// alone does not get them: they become a track of subtitles. Costs a pass of decoding.
/// </summary>
internal static partial class Captions
{
    /// <summary>The file's name in the work folder: Matroska, because a file of ASS alone ends after ten hours.</summary>
    public const string FileName = "captions.mks";

    /// <summary>Writes the captions of the main video, timed from its first frame.</summary>
    /// <param name="media">The source.</param>
    /// <param name="path">Overwritten.</param>
    /// <param name="observer">Told what becomes of them.</param>
    /// <param name="cancellationToken">Kills ffmpeg.</param>
    /// <returns>Whether there are any: many recordings carry empty ones.</returns>
    /// <exception cref="VfiException">ffmpeg was ended from outside, or the disk is full (failed).</exception>
    public static async Task<bool> ExtractAsync(MediaInfo media, string path, IConversionObserver observer, CancellationToken cancellationToken)
    {
        var movie = $"movie=filename={FilterValue("file:" + Path.GetFullPath(media.Path))}:stream_index={media.Video.Index}:format_opts=protocol_whitelist={FilterValue("file,pipe")}[out0+subcc]";
        var processor = FFMpegArguments
            .FromFileInput(Ffmpeg.Escape(movie), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} -f lavfi"))
            .OutputToFile(Ffmpeg.FileArgument(path), true, o => o.WithCustomArgument("-map 0:s -c:s ass -f matroska"));
        try
        {
            await Ffmpeg.RunAsync(processor, "reading closed captions", null, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegFailedException e) when (e.IsUnexplained || DiskSpace.IsFull(e))
        {
            throw VfiException.Failed($"{media.Path}: reading its closed captions stopped: {e.Reason}; run the same command again", e);
        }
        catch (FfmpegFailedException e)
        {
            // The video is made: that much should not be lost with them.
            observer.Note($"closed captions in the pictures' data cannot be read ({e.Reason}): left out");
            return false;
        }
        var captions = 0;
        await Ffprobe.RunAsync(path, ["-v", "error", "-of", "csv", "-show_entries", "packet=pts"], _ => captions++, cancellationToken).ConfigureAwait(false);
        if (captions > 0)
            observer.Note("closed captions in the pictures' data: kept as a track of subtitles, because new pictures cannot carry them");
        return captions > 0;
    }

    /// <summary>Escapes an option's value twice, as a filter's and as a graph's.</summary>
    private static string FilterValue(string text) => GraphSpecial().Replace(ValueSpecial().Replace(text, @"\$&"), @"\$&");

    [GeneratedRegex(@"[\\':]")]
    private static partial Regex ValueSpecial();

    [GeneratedRegex(@"[\\'\[\],;\s]")]
    private static partial Regex GraphSpecial();
}
