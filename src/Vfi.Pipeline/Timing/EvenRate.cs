namespace Vfi.Pipeline.Timing;

/// <summary>
/// Finds the constant rate of pictures that were put on the places of a faster clock, each on one near its own time, where no place shows
/// a picture again: discs' flags for 2:3 pulldown, and files of 24 pictures in 30 frames that leave out what is repeated. Their times go
/// by one place and two in turn although their pictures are evenly apart. They are so where places less even steps stay within one place
/// (a digital straight line; A. Rosenfeld, Digital straight line segments, IEEE Transactions on Computers, 1974).
/// </summary>
internal static class EvenRate
{
    /// <summary>As many steps of either size must be there: a few frames that a camera missed lie evenly by chance.</summary>
    private const int Fewest = 4;

    /// <summary>At most one step in so many may be a pause, as stills leave that are not repeated: pauses fit many a rate.</summary>
    private const int StepsPerPause = 10;

    /// <summary>Pictures in a pattern that is taken before rates that are common.</summary>
    private const int ShortPattern = 6;

    private const int MostSteps = 64;

    /// <summary>Periods of more would not be rates that anyone chose.</summary>
    private const int LargestDenominator = 1001;

    /// <summary>Of what is calculated in double precision; what is found is proved exactly.</summary>
    private const double Rounding = 1e-9;

    private static readonly Rational[] Common = [new(24000, 1001), 24, 25, new(30000, 1001), 30, 50, new(60000, 1001), 60];

    /// <param name="places">Of the frames, ascending.</param>
    /// <param name="clock">Places a second.</param>
    /// <returns>Pictures a second, and how many places the first picture lies before the middle of all; null: they are not even, or lie on a clock of their own.</returns>
    public static (Rational Rate, Rational Phase)? Find(IReadOnlyList<long> places, Rational clock)
    {
        if (places.Count < 2 * Fewest)
            return null;
        var all = Steps(places).ToList();
        // Longer steps are pauses.
        var longest = all.Min() + 1;
        var run = LongestRun(places, longest);
        var steps = Steps(run).CountBy(s => s).OrderBy(s => s.Key).ToList();
        if (all.Count(s => s > longest) * StepsPerPause > all.Count || steps.Count != 2 || steps[1].Key > MostSteps || steps.Any(s => s.Value < Fewest))
            return null;
        // How far apart residuals are is convex in the period.
        double low = steps[0].Key, high = steps[1].Key;
        for (var i = 0; i < 100; i++)
        {
            double a = low + (high - low) / 3, b = high - (high - low) / 3;
            if (Spread(run, a) < Spread(run, b))
                high = b;
            else
                low = a;
        }
        var best = (low + high) / 2;
        if (Spread(run, best) > 1 + Rounding)
            return null;
        var (least, most) = (Edge(run, best, steps[0].Key) - Rounding, Edge(run, best, steps[1].Key) + Rounding);
        var simplest = Simplest(least, most);
        var common = Common.Select(r => clock / r).Where(p => p.Value >= least && p.Value <= most);
        foreach (var period in simplest.Denominator <= ShortPattern ? common.Prepend(simplest) : common.Append(simplest))
        {
            if (period.Denominator <= LargestDenominator && Phase(places, longest, period) is { } phase)
                return (clock / period, phase);
        }
        return null;
    }

    private static IEnumerable<long> Steps(IReadOnlyList<long> places) => places.Skip(1).Zip(places, (next, place) => next - place);

    /// <summary>The most frames in a row without a pause.</summary>
    private static List<long> LongestRun(IReadOnlyList<long> places, long longestStep)
    {
        var (from, count, end) = (0, 0, 0);
        for (var i = 1; i <= places.Count; i++)
        {
            if (i < places.Count && places[i] - places[i - 1] <= longestStep)
                continue;
            if (i - from > count)
                (count, end) = (i - from, i);
            from = i;
        }
        return [.. places.Skip(end - count).Take(count)];
    }

    /// <summary>The middle of the residuals; null: they do not stay within one place.</summary>
    private static Rational? Phase(IReadOnlyList<long> places, long longestStep, Rational period)
    {
        var (least, most) = (Rational.Zero, Rational.Zero);
        long picture = 0;
        for (var i = 1; i < places.Count; i++)
        {
            // After a pause the picture that is nearest to the middle of all.
            picture = places[i] - places[i - 1] <= longestStep ? picture + 1 : ((places[i] - places[0] - (least + most) / 2) / period).Round();
            var residual = places[i] - places[0] - picture * period;
            (least, most) = (Rational.Min(least, residual), Rational.Max(most, residual));
            if (most - least > 1)
                return null;
        }
        return (least + most) / 2;
    }

    /// <summary>How many places the residuals are apart.</summary>
    private static double Spread(List<long> places, double period)
    {
        double least = 0, most = 0;
        for (var i = 0; i < places.Count; i++)
        {
            var residual = places[i] - places[0] - i * period;
            least = Math.Min(least, residual);
            most = Math.Max(most, residual);
        }
        return most - least;
    }

    /// <summary>The period furthest from the best one, towards another, whose residuals stay within one place.</summary>
    private static double Edge(List<long> places, double best, double towards)
    {
        var (good, bad) = (best, towards);
        for (var i = 0; i < 60; i++)
        {
            var middle = (good + bad) / 2;
            if (Spread(places, middle) <= 1)
                good = middle;
            else
                bad = middle;
        }
        return good;
    }

    /// <summary>The fraction of the smallest denominator from one number to another (by continued fractions).</summary>
    private static Rational Simplest(double from, double to)
    {
        var whole = Math.Ceiling(from);
        if (whole <= to)
            return (long)whole;
        whole = Math.Floor(from);
        return (long)whole + 1 / Simplest(1 / (to - whole), 1 / (from - whole));
    }
}
