namespace Vfi.Pipeline.Timing;

/// <summary>When a picture is first shown.</summary>
/// <param name="Frame">Number of the source frame, counted from anywhere.</param>
/// <param name="Time">Of that frame, in seconds.</param>
/// <param name="Repeats">Its frames that show the picture before once more amid motion.</param>
internal readonly record struct PictureStart(long Frame, Rational Time, int Repeats = 0);

/// <summary>
/// Gives pictures of a constant rate that were spread over the frames of a higher one their own times back. A film of 24 pictures a second
/// in 30 or 60 frames shows them for 1, 1, 1, 2 or 2, 3 frames in turn; what moved evenly before the film's camera would speed up and slow
/// down if each picture kept the time of its first frame. A pattern counts where it is seen twice in a row and is what a constant rate
/// gives: no picture lags a whole frame more than another, but for those half-way between two frames, which rounding may have moved either
/// way. Whether times were rounded up, down or to the nearest does not show otherwise, so that the middle is taken, near which one picture
/// of each pattern keeps its place. Elsewhere all pictures are where they are shown.
/// </summary>
internal static class Cadence
{
    /// <summary>Frames before a picture's first that decide about its time.</summary>
    public const int Behind = 24;

    /// <summary>Frames after a picture's first that decide about its time. Less than before, because they wait in memory.</summary>
    public const int Ahead = 12;

    private const int ShortestPattern = 2;

    /// <summary>Pictures in the longest pattern: 5 in 6 frames, as of 50 in 60, or in 12, as of 25 in 60.</summary>
    private const int LongestPattern = 5;

    /// <summary>When the picture belongs, in seconds: at most half a frame before or after its start, so that none comes before the one before it.</summary>
    /// <param name="starts">Ascending: all from <see cref="Behind"/> frames before to <see cref="Ahead"/> frames after the picture's, as far as there are any.</param>
    /// <param name="at">Which of them.</param>
    public static Rational TimeOf(IReadOnlyList<PictureStart> starts, int at)
    {
        // Short pieces of a pattern look like others, as 1, 1, 1, 1, 2 begins with 1, 1: what holds for longest counts.
        var (longest, time) = (0, starts[at].Time);
        for (var pictures = ShortestPattern; pictures <= LongestPattern; pictures++)
        {
            for (var first = Math.Max(0, at - 2 * pictures); first <= at; first++)
            {
                if (Pattern(starts, at, first, pictures) is var (length, found) && length > longest)
                    (longest, time) = (length, found);
            }
        }
        return time;
    }

    /// <summary>For how many pictures a pattern of so many holds that is seen twice from <paramref name="first"/> on, and the picture's time by it; 0: there is none.</summary>
    private static (int Length, Rational Time) Pattern(IReadOnlyList<PictureStart> starts, int at, int first, int pictures)
    {
        var last = first + 2 * pictures;
        if (!IsKnown(first) || !IsKnown(last))
            return default;
        var frames = starts[first + pictures].Frame - starts[first].Frame;
        var duration = (starts[last].Time - starts[first].Time) / (starts[last].Frame - starts[first].Frame);
        // Pictures lie half-way between two frames where an odd number of frames holds an even one of them.
        var most = pictures % 2 == 0 && frames % 2 == 1 ? pictures : pictures - 1;
        var (least, largest) = (0L, 0L);
        for (var picture = first; picture <= last; picture++)
        {
            if (!Fits(picture))
                return default;
        }
        while (IsKnown(first - 1) && Fits(first - 1))
            first--;
        while (IsKnown(last + 1) && Fits(last + 1))
            last++;
        var keeps = Enumerable.Range(first, pictures).Select(Lag).OrderBy(lag => Math.Abs(2 * lag - least - largest)).ThenBy(lag => lag).First();
        return (last - first, starts[at].Time + new Rational(keeps - Lag(at), pictures) * duration);

        bool IsKnown(int picture) => picture >= 0 && picture < starts.Count
            && starts[picture].Frame >= starts[at].Frame - Behind && starts[picture].Frame <= starts[at].Frame + Ahead;

        // How much later than the one asked for a picture is shown beside its own time, in frames times pictures.
        long Lag(int picture) => (starts[picture].Frame - starts[at].Frame) * pictures - (picture - at) * frames;

        bool Fits(int picture)
        {
            // A hole in time is no pattern.
            if (starts[picture].Time - starts[at].Time != (starts[picture].Frame - starts[at].Frame) * duration)
                return false;
            var lag = Lag(picture);
            var (lower, upper) = (Math.Min(lag, least), Math.Max(lag, largest));
            if (upper - lower > most)
                return false;
            (least, largest) = (lower, upper);
            return true;
        }
    }
}
