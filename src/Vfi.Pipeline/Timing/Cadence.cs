namespace Vfi.Pipeline.Timing;

/// <summary>When a picture is first shown.</summary>
/// <param name="Frame">Number of the source frame, or of its place where places are empty, counted from anywhere.</param>
/// <param name="Time">Of that frame, in seconds.</param>
/// <param name="Repeats">Its frames that show the picture before once more amid motion, and those that were left out before it.</param>
internal readonly record struct PictureStart(long Frame, Rational Time, int Repeats = 0);

/// <summary>
/// Gives pictures of a constant rate that were spread over the frames of a higher one their own times back. A film of 24 pictures a second
/// in 30 or 60 frames shows them for 1, 1, 1, 2 or 2, 3 frames in turn; what moved evenly before the film's camera would speed up and slow
/// down if each picture kept the time of its first frame. Pictures are of a constant rate where they are shown for two numbers of frames
/// whose turns are those of a digital straight line (<see cref="EvenRate"/>): no picture lags a whole frame more than another, but for those
/// half-way between two frames, which rounding may have moved either way. Whether times were rounded up, down or to the nearest does not
/// show otherwise, so that the middle is taken, near which some pictures keep their place. Elsewhere all pictures are where they are shown.
/// </summary>
internal static class Cadence
{
    /// <summary>Frames before a picture's first that decide about its time.</summary>
    public const int Behind = 24;

    /// <summary>Frames after a picture's first that decide about its time. Less than before, because they wait in memory.</summary>
    public const int Ahead = 12;

    /// <summary>Fewer pictures that are shown for the rarer number of frames are no rhythm.</summary>
    private const int Fewest = 3;

    /// <summary>When the picture belongs, in seconds: at most half a frame before or after its start, so that none comes before the one before it.</summary>
    /// <param name="starts">Ascending: all from <see cref="Behind"/> frames before to <see cref="Ahead"/> frames after the picture's, as far as there are any.</param>
    /// <param name="at">Which of them.</param>
    public static Rational TimeOf(IReadOnlyList<PictureStart> starts, int at)
    {
        var (from, to) = (at, at);
        while (from > 0 && starts[from - 1].Frame >= starts[at].Frame - Behind)
            from--;
        while (to + 1 < starts.Count && starts[to + 1].Frame <= starts[at].Frame + Ahead)
            to++;
        var known = starts.Skip(from).Take(to + 1 - from).ToArray();
        at -= from;
        if (Longest(known, at) is not var (first, last, period))
            return known[at].Time;
        // How much later than the one asked for each is shown beside its own time, in frames.
        var lags = Enumerable.Range(first, last + 1 - first).Select(i => known[i].Frame - known[at].Frame - (i - at) * period).ToList();
        var twice = lags.Min() + lags.Max();
        var keeps = lags.OrderBy(lag => Rational.Abs(2 * lag - twice)).ThenBy(lag => lag).First();
        return known[at].Time + keeps * Duration(known, first + 1);
    }

    /// <summary>The longest line that a picture lies on, and its frames a picture; null: there is none.</summary>
    private static (int First, int Last, Rational Period)? Longest(PictureStart[] starts, int at)
    {
        (int First, int Last, Rational Period)? longest = null;
        for (var first = 0; first <= at; first++)
        {
            var last = first;
            // What frames a picture all pictures so far allow for.
            Fraction least = new(0, 1), largest = new(1, 0);
            // A hole in time is no rhythm.
            while (last + 1 < starts.Length && Duration(starts, last + 1) == Duration(starts, first + 1))
            {
                var (above, below) = (least, largest);
                for (var i = first; i <= last; i++)
                {
                    var frames = starts[last + 1].Frame - starts[i].Frame;
                    (above, below) = (Fraction.Max(above, new(frames - 1, last + 1 - i)), Fraction.Min(below, new(frames + 1, last + 1 - i)));
                }
                if (below < above)
                    break;
                (least, largest) = (above, below);
                last++;
            }
            if (last >= at && last - first > (longest is { } l ? l.Last - l.First : 0) && IsRhythm(starts, first, last) && Period(least, largest) is { } period)
                longest = (first, last, period);
        }
        return longest;
    }

    /// <summary>Seconds a frame of the picture before.</summary>
    private static Rational Duration(PictureStart[] starts, int picture) =>
        (starts[picture].Time - starts[picture - 1].Time) / (starts[picture].Frame - starts[picture - 1].Frame);

    /// <summary>Whether enough pictures are shown for either number of frames.</summary>
    private static bool IsRhythm(PictureStart[] starts, int first, int last)
    {
        var shortest = Enumerable.Range(first, last - first).Min(i => starts[i + 1].Frame - starts[i].Frame);
        var shorter = Enumerable.Range(first, last - first).Count(i => starts[i + 1].Frame - starts[i].Frame == shortest);
        return shorter >= Fewest && last - first - shorter >= Fewest;
    }

    /// <summary>The simplest period between two; one of both where it puts pictures half-way between frames and is simpler still.</summary>
    private static Rational? Period(Fraction least, Fraction largest)
    {
        Fraction? between = least < largest ? Fraction.Simplest(least, largest) : null;
        var period = new[] { least, largest }.Select(f => f.Reduced()).Where(f => f.Denominator % 2 == 0 && (between is null || f.Denominator < between.Value.Denominator))
            .OrderBy(f => f.Denominator).Cast<Fraction?>().FirstOrDefault() ?? between;
        return period is { } p ? new Rational(p.Numerator, p.Denominator) : null;
    }

    /// <summary>A small positive number, or infinity (1/0).</summary>
    private readonly record struct Fraction(long Numerator, long Denominator)
    {
        public static bool operator <(Fraction a, Fraction b) => a.Numerator * b.Denominator < b.Numerator * a.Denominator;

        public static bool operator >(Fraction a, Fraction b) => b < a;

        public static Fraction Max(Fraction a, Fraction b) => a < b ? b : a;

        public static Fraction Min(Fraction a, Fraction b) => b < a ? b : a;

        /// <summary>That of the smallest denominator between two (by continued fractions).</summary>
        public static Fraction Simplest(Fraction above, Fraction below)
        {
            var whole = above.Numerator / above.Denominator;
            if (new Fraction(whole + 1, 1) < below)
                return new(whole + 1, 1);
            var rest = Simplest(new(below.Denominator, below.Numerator - whole * below.Denominator), new(above.Denominator, above.Numerator - whole * above.Denominator));
            return new(whole * rest.Numerator + rest.Denominator, rest.Numerator);
        }

        public Fraction Reduced()
        {
            var divisor = (long)Rational.GreatestCommonDivisor(Numerator, Denominator);
            return new(Numerator / divisor, Denominator / divisor);
        }
    }
}
