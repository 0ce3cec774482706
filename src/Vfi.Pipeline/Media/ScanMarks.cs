using System.Globalization;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>Looks for frames marked as interlaced beyond the first one.</summary>
internal static class ScanMarks
{
    private const int Places = 7;

    /// <summary>Enough to meet a keyframe in broadcasts, where a seek does not end at one.</summary>
    private const int PacketsEach = 60;

    /// <summary>What is marked when the keyframes near some places spread over a file are seen, too; what cannot be read there tells nothing.</summary>
    /// <param name="media">As its first frame has it.</param>
    /// <param name="cancellationToken">Kills ffprobe.</param>
    public static async Task<Scan> SeeAsync(MediaInfo media, CancellationToken cancellationToken)
    {
        var video = media.Video;
        // Frames differ in broadcasts and on discs.
        var suits = video.Codec is "mpeg2video" or "h264" or "vc1" && video.Height <= PictureScan.MostLines && media.Duration > 0;
        return suits && video.Scan != Scan.Flagged && await AnyInterlacedAsync(media, cancellationToken).ConfigureAwait(false)
            ? Scan.Flagged : video.Scan;
    }

    private static async Task<bool> AnyInterlacedAsync(MediaInfo media, CancellationToken cancellationToken)
    {
        var places = Enumerable.Range(1, Places).Select(i => Rational.Max(Rational.Zero, media.Start + media.Duration * i / (Places + 1)))
            .Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Value:0.000}%+#{PacketsEach}"));
        var found = false;
        try
        {
            await Ffprobe.RunAsync(
                media.Path,
                ["-v", "quiet", "-skip_frame", "nokey", "-select_streams", media.Video.Index.ToString(CultureInfo.InvariantCulture), "-show_entries", "frame=interlaced_frame",
                    "-of", "csv=p=0", "-read_intervals", string.Join(',', places)],
                line => found |= line.StartsWith('1'),
                cancellationToken).ConfigureAwait(false);
        }
        catch (VfiException e) when (e.Kind == FailureKind.BadInput)
        {
            // Silent for too long: files without an index are read from their beginning up to each place.
        }
        return found;
    }
}
