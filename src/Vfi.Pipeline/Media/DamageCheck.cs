using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>Compares what a container announces with what it holds, before any work is done.</summary>
internal static class DamageCheck
{
    /// <exception cref="VfiException">The file is cut short and damage is not tolerated (bad input).</exception>
    public static void RequireWhole(
        MediaInfo media, PacketIndex index, SourceTimeline source, bool tolerate, IConversionObserver observer)
    {
        var problem = Problem(media, index, source);
        if (problem is null)
            return;
        if (!tolerate)
            throw VfiException.BadInput($"{media.Path}: {problem}; repair the file, or convert what is there with --tolerate-damage");
        observer.Note($"{problem}: going on with what is there");
    }

    /// <summary>Decodes everything and counts: what looks at several frames together, such as the filters for film with pulldown, would hide one that is missing.</summary>
    /// <exception cref="VfiException">The decoder gives fewer frames than there are packets (bad input), or was ended from outside (failed).</exception>
    public static async Task RequireAllFramesAsync(MediaInfo media, PacketIndex index, CancellationToken cancellationToken)
    {
        var (decoded, _, complaint) = await FrameTimes.ReadAsync(media, cancellationToken).ConfigureAwait(false);
        if (decoded.Count < index.Pts.Count)
            throw TooFewFrames(media, decoded.Count, index.Pts.Count, complaint);
    }

    /// <param name="media">The source.</param>
    /// <param name="decoded">Frames that the decoder gave.</param>
    /// <param name="expected">Frames that there are by the packets.</param>
    /// <param name="complaint">The decoder's; null: none.</param>
    public static VfiException TooFewFrames(MediaInfo media, int decoded, int expected, string? complaint) => VfiException.BadInput(
        $"{media.Path}: the decoder gave {decoded} of {expected} frames{(complaint is null ? "" : $" ({complaint})")}; repair the file, or go on without them with --tolerate-damage");

    private static string? Problem(MediaInfo media, PacketIndex index, SourceTimeline source)
    {
        var because = index.Damage is null ? "" : $" ({index.Damage})";
        // Edit lists hide frames that the header counts: only a demuxer's complaint makes a shortage damage.
        var missing = media.Video.AnnouncedFrames - index.Pts.Count;
        if (missing > 0 && index.Damage is not null)
            return $"the file announces {media.Video.AnnouncedFrames} frames and holds {index.Pts.Count}{because}";
        if (index.Undecoded > 0)
            return $"{index.Undecoded} of {index.Undecoded + index.Pts.Count} frames cannot be decoded{because}";
        var announced = media.Video.AnnouncedDuration;
        var missingSeconds = announced - source.Duration;
        if (announced > 0 && missingSeconds > Rational.Max(1, 10 / source.Rate) && (index.Damage is not null || media.IsSeekable))
            return $"the file announces {announced.Value:0.0} s of video and holds {source.Duration.Value:0.0} s{because}";
        return null;
    }
}
