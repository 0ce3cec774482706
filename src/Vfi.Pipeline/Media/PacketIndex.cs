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
    /// <summary>Packets without a time from which the decoder, which complained, made no frame.</summary>
    public int Undecoded { get; init; }

    /// <summary>Reads all packets' headers, a fraction of the time that decoding takes; where they do not tell the frames' times, decodes.</summary>
    /// <exception cref="VfiException">The stream has no packets with timestamps (bad input).</exception>
    public static async Task<PacketIndex> ReadAsync(MediaInfo media, CancellationToken cancellationToken)
    {
        List<long> pts = [], keyframes = [];
        long lastDuration = 0, lastPts = long.MinValue, missing = 0, step = StepOf(media.Video);
        void Packet(string line)
        {
            // packet,PTS,DTS,DURATION,FLAGS
            var f = line.Split(',');
            if (f.Length < 5 || f[4].Contains('D', StringComparison.Ordinal))
                return;
            var duration = Ticks(f[3]) ?? 0;
            if (Ticks(f[1]) is not { } time)
            {
                // Containers without presentation times (AVI): frames in order, at the nominal rate.
                time = Ticks(f[2]) ?? (pts.Count == 0 ? 0 : pts[^1] + Math.Max(1, duration > 0 ? duration : step));
                missing++;
            }
            pts.Add(time);
            if (f[4].Contains('K', StringComparison.Ordinal))
                keyframes.Add(time);
            if (time >= lastPts)
                (lastPts, lastDuration) = (time, duration);
        }
        var (_, errors) = await Ffprobe.RunAsync(
            media.Path,
            ["-v", "error", "-of", "csv", "-select_streams", $"{media.Video.Index}", "-show_entries", "packet=pts,dts,duration,flags"],
            Packet, cancellationToken).ConfigureAwait(false);
        if (pts.Count == 0)
            throw VfiException.BadInput($"{media.Path}: the video stream holds no frames; the file is damaged or incomplete");
        var (damage, undecoded) = (errors.Summary, 0);
        if (missing > 0 && missing < pts.Count)
        {
            var (frames, complaint) = await FrameTimes.ReadAsync(media, cancellationToken).ConfigureAwait(false);
            // A packet may be a field: fewer frames are damage only where the decoder says so.
            (damage, undecoded) = (damage ?? complaint, complaint is null ? 0 : Math.Max(0, pts.Count - frames.Count));
            pts = frames;
        }
        pts.Sort();
        keyframes.Sort();
        return new PacketIndex(pts, keyframes, lastDuration, damage) { Undecoded = undecoded };
    }

    public SourceTimeline Timeline(VideoStream video) => SourceTimeline.FromTimestamps(video.TimeBase, Pts, LastDuration, video.Rates);

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

    private static long StepOf(VideoStream video) =>
        video.Rates.FirstOrDefault(r => r > 0) is { Numerator: > 0 } rate ? (1 / (rate * video.TimeBase)).Round() : 1;

    private static long? Ticks(string text) =>
        long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var v) ? v : null;
}
