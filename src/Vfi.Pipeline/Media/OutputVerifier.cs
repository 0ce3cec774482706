using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>Checks a finished file before it gets its name.</summary>
internal static class OutputVerifier
{
    /// <summary>Checks that an encoded chunk can be read back and holds its frames: a damaged one that is recorded would be kept for ever.</summary>
    /// <exception cref="VfiException">It does not (failed).</exception>
    public static async Task VerifyChunkAsync(string path, long frames, CancellationToken cancellationToken)
    {
        var found = 0L;
        var (_, errors) = await ReadBackAsync(
            path,
            () => Ffprobe.RunAsync(path, ["-v", "error", "-of", "csv", "-select_streams", "v:0", "-show_entries", "packet=pts"], _ => found++, cancellationToken)).ConfigureAwait(false);
        if (found != frames)
            throw VfiException.Failed($"{path}: holds {found} frames instead of {frames}{(errors.Summary is { } why ? $" ({why})" : "")}; run the same command again");
    }

    /// <param name="path">The file under its temporary name.</param>
    /// <param name="name">Its final path, for messages.</param>
    /// <param name="timeline">What was planned.</param>
    /// <param name="streams">What was planned.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="observer">Told about streams that hold nothing.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="VfiException">Frames, duration or streams are not what was planned (failed).</exception>
    public static async Task VerifyAsync(
        string path, string name, OutputTimeline timeline, StreamPlan streams, MediaInfo source, IConversionObserver observer, CancellationToken cancellationToken)
    {
        var (media, index) = await ReadBackAsync(name, async () =>
        {
            var read = await MediaProbe.ReadAsync(path, cancellationToken).ConfigureAwait(false);
            return (read, await PacketIndex.ReadAsync(read, cancellationToken).ConfigureAwait(false));
        }).ConfigureAwait(false);
        if (index.Pts.Count != timeline.FrameCount)
            throw VfiException.Failed($"{name}: holds {index.Pts.Count} frames instead of {timeline.FrameCount}; the finished chunks are kept");
        // From the first frame to the last: exact but for the container's time base.
        var span = (index.Pts[^1] - index.Pts[0]) * media.Video.TimeBase;
        var expected = timeline.TimeOf(timeline.FrameCount - 1);
        if (Rational.Abs(span - expected) > Rational.Max(1 / timeline.Fps / 2, media.Video.TimeBase))
            throw VfiException.Failed($"{name}: lasts {span.Value:0.000} s instead of {expected.Value:0.000}; the finished chunks are kept");
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
