namespace Vfi.Pipeline.Timing;

/// <summary>Where the output frames lie: frame k at k / fps seconds after the first source frame.</summary>
/// <param name="Fps">Frames per second, exact.</param>
/// <param name="FrameCount">Number of output frames: the source's duration times the rate, rounded; at least 1.</param>
/// <param name="Tolerance">See <see cref="SourceTimeline.Tolerance"/>.</param>
public sealed record OutputTimeline(Rational Fps, long FrameCount, Rational Tolerance)
{
    public static OutputTimeline For(SourceTimeline source, Rational fps) =>
        new(fps, Math.Max(1, (source.Duration * fps).Round()), source.Tolerance) { LongestMotion = source.LongestMotion };

    /// <summary>See <see cref="SourceTimeline.LongestMotion"/>; null: no limit.</summary>
    public Rational? LongestMotion { get; init; }

    public Rational Duration => FrameCount / Fps;

    /// <summary>Seconds after the first source frame.</summary>
    public Rational TimeOf(long frame) => frame / Fps;

    /// <summary>The first output frame at or after a source frame's time (in seconds, as <see cref="SourceTimeline.TimeOf"/>).</summary>
    public long FirstFrameFrom(Rational sourceTime) =>
        Math.Clamp(((sourceTime - Tolerance) * Fps).Ceiling(), 0, FrameCount);

    /// <summary>Where between two source frames the output frame lies that is nearest to their middle; where none lies between them, the middle.</summary>
    public Rational NearestMiddle(Rational first, Rational second)
    {
        Rational half = new(1, 2);
        Rational? nearest = null;
        var after = FirstFrameFrom((first + second) / 2);
        for (var k = Math.Max(0, after - 1); k <= Math.Min(after, FrameCount - 1); k++)
        {
            var position = TimeOf(k) < second - Tolerance ? Position(k, first, second) : Rational.Zero;
            if (position.Numerator > 0 && (nearest is null || Rational.Abs(position - half) < Rational.Abs(nearest.Value - half)))
                nearest = position;
        }
        return nearest ?? half;
    }

    /// <summary>Where an output frame lies between two source frames: 0 is the first itself, below 1 always.</summary>
    public Rational Position(long frame, Rational first, Rational second)
    {
        var offset = TimeOf(frame) - first;
        return offset <= Tolerance ? Rational.Zero : Rational.Min(offset / (second - first), new Rational(9999, 10000));
    }
}
