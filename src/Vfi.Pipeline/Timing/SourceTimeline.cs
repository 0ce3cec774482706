namespace Vfi.Pipeline.Timing;

/// <summary>What the container says about the video's timing, before anything is decoded.</summary>
/// <param name="TimeBase">Seconds per tick.</param>
/// <param name="Start">First presentation timestamp, in ticks.</param>
/// <param name="End">Presentation timestamp of the last frame plus its duration, in ticks.</param>
/// <param name="FrameCount">Frames that decoding should yield.</param>
/// <param name="GridRate">The constant rate on whose grid all frames lie to within <see cref="Slack"/>, or null: variable rate.</param>
public sealed record SourceTimeline(Rational TimeBase, long Start, long End, int FrameCount, Rational? GridRate)
{
    /// <summary>Of films with 2:3 pulldown flags, whose times lie on a grid of fields, though the container may claim the film's rate alone.</summary>
    private static readonly Rational FieldsPerFilmFrame = new(5, 2);

    /// <summary>A rate is still the grid's where so much of it is filled: a camera drops a frame now and then.</summary>
    private static readonly Rational Filled = new(9, 10);

    /// <summary>How far, of itself, an average may be from a common rate that the container claims.</summary>
    private static readonly Rational Near = new(1, 50);

    /// <summary>Whether every place of the grid holds a frame.</summary>
    public bool IsConstantRate => GridRate is { } rate && Places(rate, End) == FrameCount;

    /// <summary>Seconds from the first frame to the end of the last. On a constant rate, exactly frames / rate.</summary>
    public Rational Duration => IsConstantRate ? FrameCount / GridRate!.Value
        : GridRate is { } rate ? Places(rate, End) / rate
        : (End - Start) * TimeBase;

    /// <summary>The rate of the clock on whose places the frames lie, though evenly at the grid's rate (<see cref="EvenRate"/>); null: there is no other than the grid.</summary>
    public Rational? Clock { get; private init; }

    /// <summary>How many seconds a frame may lie beside the grid: a tick, and half a place of the clock.</summary>
    private Rational Slack => Clock is { } clock ? 1 / (2 * clock) + TimeBase : TimeBase;

    /// <summary>Seconds from the first frame to the grid's first place, so that frames lie as much before the grid as behind it; 0 without a clock.</summary>
    public Rational Phase { get; private init; }

    /// <summary>
    /// Seconds beyond which what lies between two frames is no motion but a picture that was shown all the time, as screen recorders write it, or a
    /// gap: one, or ten times the median, whichever is more.
    /// </summary>
    public Rational LongestMotion { get; private init; } = 1;

    /// <summary>The grid's rate where it has hardly any holes, or frames per second on average, where what stands and the last frame count as the median: the common rate nearby that the container claims, or to a thousandth.</summary>
    public Rational Rate { get; private init; }

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
        var onGrid = Places(rate, pts) / rate;
        return Rational.Abs(onGrid + Phase - time) <= Slack ? onGrid : time;
    }

    /// <summary>How many places of the grid lie before a time, rounded.</summary>
    private long Places(Rational rate, long pts) => (((pts - Start) * TimeBase - Phase) * rate).Round();

    /// <summary>Builds the timeline from the packets' timestamps.</summary>
    /// <param name="timeBase">Seconds per tick.</param>
    /// <param name="sortedPts">Presentation timestamps in ascending order; at least one.</param>
    /// <param name="lastDuration">Ticks that the last frame is shown; 0 or less: unknown.</param>
    /// <param name="candidateRates">Rates that the container claims, best first.</param>
    /// <param name="evened">Whether pictures of an even rate on the places of a clock get their own times.</param>
    public static SourceTimeline FromTimestamps(
        Rational timeBase, IReadOnlyList<long> sortedPts, long lastDuration, IEnumerable<Rational> candidateRates, bool evened = true)
    {
        var start = sortedPts[0];
        var last = sortedPts[^1];
        var claimed = candidateRates.Where(r => r > 0).ToList();
        var (grid, clock, phase) = FindGrid(timeBase, sortedPts, claimed, evened);
        if (grid is { } g && (sortedPts.Count > 1 || lastDuration <= 0))
        {
            // What a packet or an edit list cuts off the last frame, or a clock's place more, is no change of the rate.
            var usual = (1 / (g * timeBase)).Round();
            lastDuration = clock is { } c && lastDuration * timeBase <= 1 / g + 1 / c ? usual : Math.Max(lastDuration, usual);
        }
        else if (lastDuration <= 0)
        {
            lastDuration = sortedPts.Count > 1 ? last - sortedPts[^2]
                : claimed.Select(r => 1 / (r * timeBase)).FirstOrDefault(1 / (25 * timeBase)).Round();
        }
        var end = last + Math.Max(1, lastDuration);
        var steps = sortedPts.Skip(1).Zip(sortedPts, (next, pts) => next - pts).ToList();
        var median = (steps.Count == 0 ? end - start : steps.Order().ElementAt(steps.Count / 2)) * timeBase;
        var timeline = new SourceTimeline(timeBase, start, end, sortedPts.Count, grid) { Clock = clock, Phase = phase, LongestMotion = Rational.Max(1, 10 * median) };
        var moving = steps.Where(s => s * timeBase <= timeline.LongestMotion).ToList();
        return timeline with { Rate = timeline.RateOver(moving.Sum() * timeBase + (sortedPts.Count - moving.Count) * median, claimed) };
    }

    /// <summary>The rate on whose grid all frames lie, the clock behind it, and where the grid begins.</summary>
    private static (Rational? Rate, Rational? Clock, Rational Phase) FindGrid(Rational timeBase, IReadOnlyList<long> pts, IReadOnlyList<Rational> claimed, bool evened)
    {
        // An average that a last frame of another duration has moved fits, too, as long as nothing has added up to a tick.
        var commonFirst = claimed.OrderBy(r => IsCommon(r) && IsNear(r, claimed[0]) ? 0 : 1);
        foreach (var rate in commonFirst.Concat(claimed.Where(IsCommon).Select(r => r * FieldsPerFilmFrame)))
        {
            if (Places(timeBase, pts, rate) is not { } places)
                continue;
            // Two frames alone have no rhythm.
            var step = pts.Count > 2 ? places.Aggregate(0L, (divisor, place) => (long)Rational.GreatestCommonDivisor(divisor, place)) : 1;
            var clock = rate / step;
            return evened && EvenRate.Find([.. places.Select(p => p / step)], clock) is (var even, var phase) ? (even, clock, phase / clock) : (clock, null, Rational.Zero);
        }
        return (null, null, Rational.Zero);
    }

    private static bool IsCommon(Rational rate) => rate.Denominator is 1 or 1001;

    private static bool IsNear(Rational rate, Rational average) => Rational.Abs(rate - average) <= Near * average;

    private Rational RateOver(Rational seconds, IEnumerable<Rational> claimed)
    {
        if (IsConstantRate || (GridRate is { } grid && FrameCount >= Filled * grid * seconds))
            return GridRate!.Value;
        var average = Rational.Max(new Rational(1, 1000), new Rational((FrameCount / seconds * 1000).Round(), 1000));
        // A phone's 29.98 means the 30 that it claims.
        return claimed.Where(r => IsCommon(r) && IsNear(r, average))
            .OrderBy(r => Rational.Abs(r - average)).FirstOrDefault(average);
    }

    /// <summary>The frames' places on a rate's grid; null: they do not lie on it to within a tick.</summary>
    private static List<long>? Places(Rational timeBase, IReadOnlyList<long> pts, Rational rate)
    {
        // A grid finer than four ticks would accept anything; two frames on one place is no grid.
        var ticksPerFrame = 1 / (rate * timeBase);
        if (ticksPerFrame < 4 && ticksPerFrame.Denominator != 1)
            return null;
        var places = new List<long>(pts.Count);
        foreach (var p in pts)
        {
            var place = ((p - pts[0]) / ticksPerFrame).Round();
            if ((places.Count > 0 && place == places[^1]) || Rational.Abs(place * ticksPerFrame - (p - pts[0])) > 1)
                return null;
            places.Add(place);
        }
        return places;
    }
}
