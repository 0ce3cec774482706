namespace Vfi.Pipeline.Timing;

/// <summary>What the container says about the video's timing, before anything is decoded.</summary>
/// <param name="TimeBase">Seconds per tick.</param>
/// <param name="Start">First presentation timestamp, in ticks.</param>
/// <param name="End">Presentation timestamp of the last frame plus its duration, in ticks.</param>
/// <param name="FrameCount">Frames that decoding should yield.</param>
/// <param name="GridRate">The constant rate on whose grid all frames lie to within a tick, or null: variable rate.</param>
public sealed record SourceTimeline(Rational TimeBase, long Start, long End, int FrameCount, Rational? GridRate)
{
    /// <summary>Whether every place of the grid holds a frame.</summary>
    public bool IsConstantRate => GridRate is { } rate && (rate * (End - Start) * TimeBase).Round() == FrameCount;

    /// <summary>Seconds from the first frame to the end of the last. On a constant rate, exactly frames / rate.</summary>
    public Rational Duration => IsConstantRate ? FrameCount / GridRate!.Value
        : GridRate is { } rate ? (rate * (End - Start) * TimeBase).Round() / rate
        : (End - Start) * TimeBase;

    /// <summary>The constant rate, or frames per second on average, to a thousandth.</summary>
    public Rational Rate => IsConstantRate ? GridRate!.Value
        : Rational.Max(new Rational(1, 1000), new Rational((FrameCount / Duration * 1000).Round(), 1000));

    /// <summary>
    /// How far a source frame may lie from an output instant and still be that instant's frame: half a tick, the
    /// most that rounding to the time base can have moved it. 0 on a grid, where times are exact.
    /// </summary>
    public Rational Tolerance => GridRate is null ? TimeBase / 2 : Rational.Zero;

    /// <summary>Seconds from the first frame to the frame at <paramref name="pts"/>, freed of the time base's rounding.</summary>
    public Rational TimeOf(long pts)
    {
        var time = (pts - Start) * TimeBase;
        if (GridRate is not { } rate)
            return time;
        var onGrid = (time * rate).Round() / rate;
        return Rational.Abs(onGrid - time) <= TimeBase ? onGrid : time;
    }

    /// <summary>Builds the timeline from the packets' timestamps.</summary>
    /// <param name="timeBase">Seconds per tick.</param>
    /// <param name="sortedPts">Presentation timestamps in ascending order; at least one.</param>
    /// <param name="lastDuration">Ticks that the last frame is shown; 0 or less: unknown.</param>
    /// <param name="candidateRates">Rates that the container claims, best first.</param>
    public static SourceTimeline FromTimestamps(
        Rational timeBase, IReadOnlyList<long> sortedPts, long lastDuration, IEnumerable<Rational> candidateRates)
    {
        var start = sortedPts[0];
        var last = sortedPts[^1];
        Rational? grid = null;
        foreach (var rate in candidateRates)
        {
            if (rate > 0 && IsGrid(timeBase, sortedPts, rate))
            {
                grid = rate;
                break;
            }
        }
        if (lastDuration <= 0)
        {
            lastDuration = grid is { } g ? (1 / (g * timeBase)).Round()
                : sortedPts.Count > 1 ? last - sortedPts[^2]
                : (candidateRates.Where(r => r > 0).Select(r => 1 / (r * timeBase)).FirstOrDefault(1 / (25 * timeBase))).Round();
        }
        return new SourceTimeline(timeBase, start, last + Math.Max(1, lastDuration), sortedPts.Count, grid);
    }

    private static bool IsGrid(Rational timeBase, IReadOnlyList<long> pts, Rational rate)
    {
        // A grid finer than four ticks would accept anything; two frames on one place is no grid.
        var ticksPerFrame = 1 / (rate * timeBase);
        if (ticksPerFrame < 4 && ticksPerFrame.Denominator != 1)
            return false;
        long previous = -1;
        foreach (var p in pts)
        {
            var place = ((p - pts[0]) / ticksPerFrame).Round();
            if (place == previous || Rational.Abs(place * ticksPerFrame - (p - pts[0])) > 1)
                return false;
            previous = place;
        }
        return true;
    }
}
