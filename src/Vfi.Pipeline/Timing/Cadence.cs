namespace Vfi.Pipeline.Timing;

/// <summary>When a picture is first shown.</summary>
/// <param name="Frame">Number of the source frame, counted from anywhere.</param>
/// <param name="Time">Of that frame, in seconds.</param>
internal readonly record struct PictureStart(long Frame, Rational Time);

/// <summary>
/// Gives pictures of a constant rate that were spread over the frames of a higher one their own times back. A film of 24 pictures a second
/// in 30 or 60 frames shows them for 1, 1, 1, 2 or 2, 3 frames in turn; what moved evenly before the film's camera would speed up and slow
/// down if each picture kept the time of its first frame. A pattern counts where it is seen twice in a row and is what a constant rate
/// gives: no picture lags a whole frame more than another. Whether its times were rounded up, down or to the nearest does not show, so
/// that the middle is taken, near which one picture of each pattern keeps its place. Elsewhere all pictures are where they are shown.
/// </summary>
internal static class Cadence
{
    /// <summary>Frames before a picture's first that decide about its time.</summary>
    public const int Behind = 24;

    /// <summary>Frames after a picture's first that decide about its time. Less than before, because they wait in memory.</summary>
    public const int Ahead = 12;

    /// <summary>Pictures in the longest pattern: 5 in 6 frames, as of 50 in 60, or in 12, as of 25 in 60.</summary>
    private const int LongestPattern = 5;

    /// <summary>When the picture belongs, in seconds: from half a frame before its start to less than half a frame after it, so that the order stays.</summary>
    /// <param name="starts">Ascending: all from <see cref="Behind"/> frames before to <see cref="Ahead"/> frames after the picture's, as far as there are any.</param>
    /// <param name="at">Which of them.</param>
    public static Rational TimeOf(IReadOnlyList<PictureStart> starts, int at)
    {
        // A long pattern contains short ones, as 1, 1, 1, 1, 2 does 1, 1.
        for (var pictures = LongestPattern; pictures > 1; pictures--)
        {
            // Where the pattern changes, what is seen on both sides counts most.
            for (var shift = 0; shift <= pictures; shift++)
            {
                if ((Time(starts, at, at - pictures + shift, pictures) ?? Time(starts, at, at - pictures - shift, pictures)) is { } time)
                    return time;
            }
        }
        return starts[at].Time;
    }

    /// <summary>The time by a pattern of so many pictures that is seen twice from <paramref name="first"/> on; null: there is none.</summary>
    private static Rational? Time(IReadOnlyList<PictureStart> starts, int at, int first, int pictures)
    {
        var last = first + 2 * pictures;
        if (first < 0 || last >= starts.Count || starts[first].Frame < starts[at].Frame - Behind || starts[last].Frame > starts[at].Frame + Ahead)
            return null;
        long Frames(int picture) => starts[picture].Frame - starts[first].Frame;
        var frames = Frames(first + pictures);
        // How much later a picture is shown than the first of them, beside its own time, in frames times pictures.
        long Lag(int picture) => Frames(picture) * pictures - (picture - first) * frames;
        var duration = (starts[last].Time - starts[first].Time) / Frames(last);
        var (least, most) = (0L, 0L);
        for (var picture = first; picture <= last; picture++)
        {
            if (picture <= first + pictures && Frames(picture + pictures) - Frames(picture) != frames)
                return null;
            // A hole in time is no pattern.
            if (starts[picture].Time - starts[first].Time != Frames(picture) * duration)
                return null;
            (least, most) = (Math.Min(least, Lag(picture)), Math.Max(most, Lag(picture)));
        }
        if (most - least >= pictures)
            return null;
        var keeps = Enumerable.Range(first, pictures).Select(Lag).OrderBy(lag => Math.Abs(2 * lag - least - most)).ThenBy(lag => lag).First();
        return starts[at].Time + new Rational(keeps - Lag(at), pictures) * duration;
    }
}
