using System.Globalization;

namespace Vfi.Pipeline.Media;

/// <summary>How the lines of a video's frames were taken.</summary>
public enum Scan
{
    /// <summary>All at one time.</summary>
    Progressive,

    /// <summary>Every second one at another time, by what the container says of all frames.</summary>
    Interlaced,

    /// <summary>Each frame tells for itself: broadcasts and discs change between both.</summary>
    Flagged,
}

/// <summary>Looks for interlaced frames beyond the first one.</summary>
internal static class ScanSamples
{
    private const int Places = 7;

    /// <summary>Enough to meet a keyframe in broadcasts, where a seek does not end at one.</summary>
    private const int PacketsEach = 60;

    /// <summary>No interlaced format has more.</summary>
    private const int MostLines = 1088;

    /// <summary>Whether it could be of a broadcast or a disc, whose frames differ.</summary>
    public static bool Suit(VideoStream video) => video.Codec is "mpeg2video" or "h264" or "vc1" && video.Height <= MostLines;

    /// <summary>Whether one of the keyframes near some places spread over a file is interlaced; what cannot be read there tells nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stream">Index of the video stream.</param>
    /// <param name="start">The container's start time in seconds.</param>
    /// <param name="duration">Seconds; 0, where the container does not say: nothing is looked at.</param>
    /// <param name="cancellationToken">Kills ffprobe.</param>
    public static async Task<bool> AnyInterlacedAsync(string path, int stream, double start, double duration, CancellationToken cancellationToken)
    {
        if (duration <= 0)
            return false;
        var places = Enumerable.Range(1, Places)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, start + (duration * i / (Places + 1))):0.000}%+#{PacketsEach}"));
        var found = false;
        try
        {
            await Ffprobe.RunAsync(
                path,
                ["-v", "quiet", "-skip_frame", "nokey", "-select_streams", stream.ToString(CultureInfo.InvariantCulture), "-show_entries", "frame=interlaced_frame",
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
