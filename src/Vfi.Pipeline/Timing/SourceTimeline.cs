namespace Vfi.Pipeline.Timing;

/// <summary>What the container says about the video's timing, before anything is decoded.</summary>
/// <param name="TimeBase">Seconds per tick.</param>
/// <param name="Start">First presentation timestamp, in ticks.</param>
/// <param name="End">Presentation timestamp of the last frame plus its duration, in ticks.</param>
/// <param name="FrameCount">Frames that decoding should yield.</param>
/// <param name="GridRate">The constant rate on whose grid all frames lie to within <see cref="Slack"/>, or null: variable rate.</param>
public sealed record SourceTimeline(Rational TimeBase, long Start, long End, int FrameCount, Rational? GridRate)
{
    /// <summary>Of films with 2:3 pulldown (soft telecine), whose times lie on a grid of fields.</summary>
    private static readonly Rational FieldsPerFilmFrame = new(5, 2);

    /// <summary>A rate is still the grid's where so much of it is filled: a camera drops a frame now and then.</summary>
    private static readonly Rational Filled = new(9, 10);

    /// <summary>How far, of itself, an average may be from a common rate that the container claims.</summary>
    private static readonly Rational Near = new(1, 50);

    /// <summary>Whether every place of the grid holds a frame.</summary>
    public bool IsConstantRate => GridRate is { } rate && (rate * (End - Start) * TimeBase).Round() == FrameCount;

    /// <summary>Seconds from the first frame to the end of the last. On a constant rate, exactly frames / rate.</summary>
    public Rational Duration => IsConstantRate ? FrameCount / GridRate!.Value
        : GridRate is { } rate ? (rate * (End - Start) * TimeBase).Round() / rate
        : (End - Start) * TimeBase;

    /// <summary>How many seconds a frame may lie beside the grid: a tick, and half a field in films with pulldown.</summary>
    public Rational Slack { get; private init; } = TimeBase;

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
        var onGrid = (time * rate).Round() / rate;
        return Rational.Abs(onGrid - time) <= Slack ? onGrid : time;
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
        var claimed = candidateRates.Where(r => r > 0).ToList();
        var (grid, slack) = FindGrid(timeBase, sortedPts, claimed);
        if (grid is { } g && (sortedPts.Count > 1 || lastDuration <= 0))
        {
            // What a packet or an edit list cuts off the last frame is no change of the rate.
            lastDuration = Math.Max(lastDuration, (1 / (g * timeBase)).Round());
        }
        else if (lastDuration <= 0)
        {
            lastDuration = sortedPts.Count > 1 ? last - sortedPts[^2]
                : claimed.Select(r => 1 / (r * timeBase)).FirstOrDefault(1 / (25 * timeBase)).Round();
        }
        var end = last + Math.Max(1, lastDuration);
        var steps = sortedPts.Skip(1).Zip(sortedPts, (next, pts) => next - pts).ToList();
        var median = (steps.Count == 0 ? end - start : steps.Order().ElementAt(steps.Count / 2)) * timeBase;
        var timeline = new SourceTimeline(timeBase, start, end, sortedPts.Count, grid) { Slack = slack, LongestMotion = Rational.Max(1, 10 * median) };
        var moving = steps.Where(s => s * timeBase <= timeline.LongestMotion).ToList();
        return timeline with { Rate = timeline.RateOver(moving.Sum() * timeBase + (sortedPts.Count - moving.Count) * median, claimed) };
    }

    /// <summary>The rate on whose grid all frames lie, and to within how many seconds.</summary>
    private static (Rational? Rate, Rational Slack) FindGrid(Rational timeBase, IReadOnlyList<long> pts, IReadOnlyList<Rational> claimed)
    {
        // An average that a last frame of another duration has moved fits, too, as long as nothing has added up to a tick.
        var commonFirst = claimed.OrderBy(r => IsCommon(r) && IsNear(r, claimed[0]) ? 0 : 1);
        foreach (var rate in commonFirst.Concat(claimed.Where(IsCommon).Select(r => r * FieldsPerFilmFrame)))
        {
            if (Step(timeBase, pts, rate, timeBase) is not { } step)
                continue;
            // Frames of one rate that a disc's flags show for two and three fields in turn.
            var film = rate / FieldsPerFilmFrame;
            var halfField = 1 / (2 * rate) + timeBase;
            var isFilm = pts.Count > 4 && (film * (pts[^1] - pts[0]) * timeBase).Round() == pts.Count - 1 && Step(timeBase, pts, film, halfField) == 1;
            return isFilm ? (film, halfField) : (rate / step, timeBase);
        }
        return (null, timeBase);
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

    /// <summary>What all frames' places on a rate's grid are multiples of (1 for two frames); null: the frames do not lie on it.</summary>
    /// <param name="timeBase">Seconds per tick.</param>
    /// <param name="pts">Ascending, in ticks.</param>
    /// <param name="rate">Of the grid.</param>
    /// <param name="slack">Seconds that a frame may lie beside its place.</param>
    private static long? Step(Rational timeBase, IReadOnlyList<long> pts, Rational rate, Rational slack)
    {
        // A grid finer than four ticks would accept anything; two frames on one place is no grid.
        var ticksPerFrame = 1 / (rate * timeBase);
        if (ticksPerFrame < 4 && ticksPerFrame.Denominator != 1)
            return null;
        long previous = -1, step = 0;
        foreach (var p in pts)
        {
            var place = ((p - pts[0]) / ticksPerFrame).Round();
            if (place == previous || Rational.Abs(place * ticksPerFrame - (p - pts[0])) > slack / timeBase)
                return null;
            step = (long)Rational.GreatestCommonDivisor(step, place);
            previous = place;
        }
        return pts.Count > 2 ? step : 1;
    }
}
