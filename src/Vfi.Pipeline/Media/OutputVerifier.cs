using System.Globalization;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>Checks a finished file before it gets its name.</summary>
internal static class OutputVerifier
{
    /// <summary>Checks that an encoded chunk can be read back and holds its frames, evenly spaced: a damaged one that is recorded would be kept for ever.</summary>
    /// <param name="path">The chunk.</param>
    /// <param name="frames">How many it should hold.</param>
    /// <param name="fps">Their rate.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="VfiException">It does not (failed).</exception>
    public static async Task VerifyChunkAsync(string path, long frames, Rational fps, CancellationToken cancellationToken)
    {
        List<long> pts = [];
        var timeBase = Rational.Zero;
        void Line(string line)
        {
            // packet,PTS and stream,TIMEBASE
            var f = line.Split(',');
            if (f[0] == "stream" && Rational.TryParse(f[1], out var told))
                timeBase = told;
            else if (f[0] == "packet")
                pts.Add(f.Length > 1 && long.TryParse(f[1], CultureInfo.InvariantCulture, out var p) ? p : long.MinValue);
        }
        var (_, errors) = await ReadBackAsync(
            path,
            () => Ffprobe.RunAsync(
                path, ["-v", "error", "-of", "csv", "-select_streams", "v:0", "-show_entries", "packet=pts:stream=time_base"], Line, cancellationToken)).ConfigureAwait(false);
        pts.Sort();
        VerifyTimes(path, pts, timeBase, new OutputTimeline(fps, frames, Rational.Zero), $"{(errors.Summary is { } why ? $" ({why})" : "")}; run the same command again");
    }

    /// <param name="path">The file under its temporary name.</param>
    /// <param name="name">Its final path, for messages.</param>
    /// <param name="timeline">What was planned.</param>
    /// <param name="streams">What was planned.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="observer">Told about streams that hold nothing, and chapters outside.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="VfiException">Frames, their times or streams are not what was planned (failed).</exception>
    public static async Task VerifyAsync(
        string path, string name, OutputTimeline timeline, StreamPlan streams, MediaInfo source, IConversionObserver observer, CancellationToken cancellationToken)
    {
        var (media, index) = await ReadBackAsync(name, async () =>
        {
            var read = await MediaProbe.ReadAsync(path, cancellationToken).ConfigureAwait(false);
            return (read, await PacketIndex.ReadAsync(read, cancellationToken).ConfigureAwait(false));
        }).ConfigureAwait(false);
        VerifyTimes(name, index.Pts, media.Video.TimeBase, timeline, "; the finished chunks are kept");
        foreach (var (kind, planned) in new[] { ("video", streams.VideoCount), ("audio", streams.AudioCount), ("subtitle", streams.SubtitleCount) })
        {
            var missing = planned - media.Streams.Count(s => s.Kind == kind && !s.IsUnknown);
            if (missing == 0)
                continue;
            // MP4 leaves out what has no packets.
            if (missing < 0 || missing > await CountEmptyAsync(source, kind, cancellationToken).ConfigureAwait(false))
                throw VfiException.Failed($"{name}: holds {planned - missing} {kind} streams instead of {planned}; the finished chunks are kept");
            observer.Note($"{missing} of the {kind} streams hold nothing and are left out");
        }
        if (media.Chapters < streams.ChapterCount)
            observer.Note($"{streams.ChapterCount - media.Chapters} of {streams.ChapterCount} chapters lie before or behind all else and are left out");
    }

    /// <summary>Checks that each frame is there, and lies where it was planned but for the container's time base.</summary>
    /// <param name="name">The file, for messages.</param>
    /// <param name="pts">Ticks, in order.</param>
    /// <param name="timeBase">Seconds per tick.</param>
    /// <param name="timeline">What was planned.</param>
    /// <param name="advice">Ends messages.</param>
    /// <exception cref="VfiException">One is missing, or lies elsewhere (failed).</exception>
    internal static void VerifyTimes(string name, IReadOnlyList<long> pts, Rational timeBase, OutputTimeline timeline, string advice)
    {
        if (pts.Count != timeline.FrameCount)
            throw VfiException.Failed($"{name}: holds {pts.Count} frames instead of {timeline.FrameCount}{advice}");
        // The first and each other one are rounded to ticks, and chunks' starts to microseconds before.
        var tolerance = timeBase + new Rational(1, 500_000);
        for (var k = 1; k < pts.Count; k++)
        {
            var (time, planned) = ((pts[k] - pts[0]) * timeBase, timeline.TimeOf(k));
            if (Rational.Abs(time - planned) > tolerance)
                throw VfiException.Failed($"{name}: frame {k} lies {time.Value:0.000000} s after the first instead of {planned.Value:0.000000}{advice}");
        }
    }

    private static async Task<int> CountEmptyAsync(MediaInfo source, string kind, CancellationToken cancellationToken)
    {
        var empty = 0;
        await Ffprobe.RunAsync(
            source.Path, ["-v", "error", "-of", "csv=p=0", "-select_streams", kind[..1], "-count_packets", "-show_entries", "stream=nb_read_packets"],
            line => empty += line.TrimEnd(',') is "N/A" or "0" ? 1 : 0, cancellationToken).ConfigureAwait(false);
        return empty;
    }

    /// <summary>What would be bad input in a source is a failure to try again in a file of ours.</summary>
    private static async Task<T> ReadBackAsync<T>(string name, Func<Task<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (VfiException e) when (e.Kind == FailureKind.BadInput)
        {
            throw VfiException.Failed($"{name}: cannot be read back: {e.Message}", e);
        }
    }
}
