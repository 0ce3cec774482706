namespace Vfi.Pipeline.Timing;

/// <summary>What the container says about the video's timing, before anything is decoded.</summary>
/// <param name="TimeBase">Seconds per tick.</param>
/// <param name="Start">First presentation timestamp, in ticks.</param>
/// <param name="End">Presentation timestamp of the last frame plus its duration, in ticks.</param>
/// <param name="FrameCount">Frames that decoding should yield.</param>
/// <param name="GridRate">The constant rate on whose grid all frames lie to within a tick, or null: variable rate.</param>
/// <param name="Holes">Places of the grid between the first frame and the last that hold no frame.</param>
public sealed record SourceTimeline(Rational TimeBase, long Start, long End, int FrameCount, Rational? GridRate, long Holes = 0)
{
    /// <summary>Of this many places of a grid, one may be a hole while the rate is still the grid's: a camera that drops a frame now and then.</summary>
    private const int PlacesPerHole = 10;

    /// <summary>Whether every place of the grid holds a frame.</summary>
    public bool IsConstantRate => GridRate is { } rate && (rate * (End - Start) * TimeBase).Round() == FrameCount;

    /// <summary>Seconds from the first frame to the end of the last. On a constant rate, exactly frames / rate.</summary>
    public Rational Duration => IsConstantRate ? FrameCount / GridRate!.Value
        : GridRate is { } rate ? (rate * (End - Start) * TimeBase).Round() / rate
        : (End - Start) * TimeBase;

    /// <summary>The grid's rate where it has hardly any holes, or frames per second on average, to a thousandth.</summary>
    public Rational Rate => GridRate is { } rate && Holes * PlacesPerHole <= FrameCount + Holes ? rate
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
        long holes = 0;
        foreach (var rate in candidateRates)
        {
            if (rate > 0 && Places(timeBase, sortedPts, rate) is { } places)
            {
                (grid, holes) = (rate / places.Step, places.Last / places.Step + 1 - sortedPts.Count);
                break;
            }
        }
        if (grid is { } g && (sortedPts.Count > 1 || lastDuration <= 0))
        {
            // What a packet or an edit list cuts off the last frame is no change of the rate.
            lastDuration = Math.Max(lastDuration, (1 / (g * timeBase)).Round());
        }
        else if (lastDuration <= 0)
        {
            lastDuration = sortedPts.Count > 1 ? last - sortedPts[^2]
                : candidateRates.Where(r => r > 0).Select(r => 1 / (r * timeBase)).FirstOrDefault(1 / (25 * timeBase)).Round();
        }
        return new SourceTimeline(timeBase, start, last + Math.Max(1, lastDuration), sortedPts.Count, grid, holes);
    }

    /// <summary>The last frame's place on a rate's grid and what all places are multiples of (1 for two frames); null: the frames do not lie on it.</summary>
    private static (long Last, long Step)? Places(Rational timeBase, IReadOnlyList<long> pts, Rational rate)
    {
        // A grid finer than four ticks would accept anything; two frames on one place is no grid.
        var ticksPerFrame = 1 / (rate * timeBase);
        if (ticksPerFrame < 4 && ticksPerFrame.Denominator != 1)
            return null;
        long previous = -1, step = 0;
        foreach (var p in pts)
        {
            var place = ((p - pts[0]) / ticksPerFrame).Round();
            if (place == previous || Rational.Abs(place * ticksPerFrame - (p - pts[0])) > 1)
                return null;
            step = (long)Rational.GreatestCommonDivisor(step, place);
            previous = place;
        }
        return (previous, pts.Count > 2 ? step : 1);
    }
}
