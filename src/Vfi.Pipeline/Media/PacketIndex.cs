using System.Globalization;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>The video's packets without their contents: when each frame is shown, and where decoding can start.</summary>
/// <param name="Pts">Presentation timestamps of the frames that decoding should yield, ascending, in ticks.</param>
/// <param name="Keyframes">Presentation timestamps of keyframes, ascending.</param>
/// <param name="LastDuration">Ticks of the last frame; 0: not told.</param>
/// <param name="Damage">What the demuxer complained about; null: nothing.</param>
public sealed record PacketIndex(IReadOnlyList<long> Pts, IReadOnlyList<long> Keyframes, long LastDuration, string? Damage)
{
    /// <summary>Frames shown or sent before the first keyframe, from which the decoder made nothing: a recording that was begun in the middle.</summary>
    public int Leading { get; init; }

    /// <summary>Other frames from which the decoder made nothing, where it was asked.</summary>
    public int Undecoded { get; init; }

    /// <summary>Reads all packets' headers, a fraction of the time that decoding takes; where they do not tell which frames there are and when, decodes.</summary>
    /// <exception cref="VfiException">The stream has no frames, or its times jump back (bad input).</exception>
    public static async Task<PacketIndex> ReadAsync(MediaInfo media, CancellationToken cancellationToken)
    {
        List<long> pts = [], keyframes = [];
        long lastDuration = 0, lastPts = long.MinValue, lastDts = long.MinValue;
        int packets = 0, leading = 0;
        var begun = false;
        void Packet(string line)
        {
            // packet,PTS,DTS,DURATION,FLAGS
            var f = line.Split(',');
            if (f.Length < 5)
                return;
            var isKey = f[4].Contains('K', StringComparison.Ordinal);
            begun |= isKey;
            if (f[4].Contains('D', StringComparison.Ordinal))
                return;
            packets++;
            if (Ticks(f[2]) is { } dts)
            {
                RequireForward(media, lastDts, dts);
                lastDts = dts;
            }
            if (Ticks(f[1]) is not { } time)
                return;
            pts.Add(time);
            if (isKey)
                keyframes.Add(time);
            if (!begun || (keyframes.Count > 0 && time < keyframes[0]))
                leading++;
            // MP4's durations lie between decoding times: the last one decoded has what the last one shown is given.
            if (time >= lastPts || media.IsMovFamily)
                (lastPts, lastDuration) = (Math.Max(lastPts, time), Ticks(f[3]) ?? 0);
        }
        var (_, errors) = await Ffprobe.RunAsync(
            media.Path,
            ["-v", "error", "-of", "csv", "-select_streams", $"{media.Video.Index}", "-show_entries", "packet=pts,dts,duration,flags"],
            Packet, cancellationToken).ConfigureAwait(false);
        if (packets == 0)
            throw VfiException.BadInput($"{media.Path}: the video stream holds no frames; the file is damaged or incomplete");
        var damage = errors.Summary;
        var undecoded = 0;
        leading = begun ? leading : 0;
        if (pts.Count < packets || leading > 0)
        {
            var timed = pts.Count;
            (pts, lastDuration, var complaint) = await FrameTimes.ReadAsync(media, cancellationToken).ConfigureAwait(false);
            // A packet without a time may be a frame's second field. Fewer frames than times are damage where the decoder says so.
            var lost = Math.Max(0, timed - pts.Count);
            leading = Math.Min(leading, lost);
            undecoded = complaint is null ? 0 : lost - leading;
            damage ??= undecoded > 0 ? complaint : null;
        }
        pts.Sort();
        keyframes.Sort();
        return new PacketIndex(pts, keyframes, lastDuration, damage) { Leading = leading, Undecoded = undecoded };
    }

    /// <summary>Decoding times never go back but where recordings were put together as they are; the frames of the second would be put among those of the first.</summary>
    private static void RequireForward(MediaInfo media, long before, long dts)
    {
        var back = before == long.MinValue ? Rational.Zero : (before - dts) * media.Video.TimeBase;
        if (back > 1)
        {
            throw VfiException.BadInput(
                $"{media.Path}: the video's times jump back by {back.Value.ToString("0.0", CultureInfo.InvariantCulture)} s, as where recordings were put together; " +
                "put them in order with: ffmpeg -i IN -map 0 -c copy OUT.mkv");
        }
    }

    /// <summary>The fields of interlaced frames, the second half-way to the next frame, in ticks half as long; as ffmpeg's bwdif shows them.</summary>
    public PacketIndex Fields()
    {
        var last = Pts[^1];
        var next = Pts.Skip(1).Append(2 * last - (Pts.Count > 1 ? Pts[^2] : last - 1));
        return this with { Pts = [.. Pts.Zip(next, (pts, after) => (long[])[2 * pts, pts + after]).SelectMany(p => p)], Keyframes = [] };
    }

    /// <summary>The frames of a film that lies in a constant rate with 3:2 pulldown.</summary>
    /// <param name="video">Seconds per tick now.</param>
    /// <param name="film">As <see cref="VideoStream.Film"/> has it.</param>
    public PacketIndex Film(Rational video, VideoStream film)
    {
        var start = (Pts[0] * video / film.TimeBase).Round();
        var step = (1 / (film.Rates[0] * film.TimeBase)).Round();
        return this with { Pts = [.. Enumerable.Range(0, Telecine.FrameCount(Pts.Count)).Select(i => start + i * step)], Keyframes = [], LastDuration = step };
    }

    public SourceTimeline Timeline(VideoStream video, bool evened = true) => SourceTimeline.FromTimestamps(video.TimeBase, Pts, LastDuration, video.Rates, evened);

    /// <summary>
    /// Where to seek so that the frame shown at <paramref name="pts"/> and all after it decode as they would from the
    /// start: two keyframes back, because pictures after an open group's keyframe may refer to the group before.
    /// Null: decode from the start.
    /// </summary>
    public long? SeekPoint(long pts)
    {
        var before = 0;
        while (before < Keyframes.Count && Keyframes[before] <= pts)
            before++;
        return before >= 3 ? Keyframes[before - 2] : null;
    }

    private static long? Ticks(string text) =>
        long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var v) ? v : null;
}
