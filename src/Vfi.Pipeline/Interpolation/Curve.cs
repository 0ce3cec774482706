namespace Vfi.Pipeline.Interpolation;

/// <summary>The pairs before and after one, whose motion tells how what moves speeds up, slows down or turns between its frames.</summary>
/// <param name="Before">Ends with the pair's first frame; null: nothing is known of that side, and all is taken to have moved as it does now.</param>
/// <param name="After">Begins with the pair's second; null: likewise.</param>
/// <param name="LengthBefore">How far the frames before are apart; 1: as far as the pair's.</param>
/// <param name="LengthAfter">How far the frames after are apart.</param>
public sealed record Curve(SourcePair? Before, SourcePair? After, float LengthBefore = 1, float LengthAfter = 1)
{
    /// <summary>Lengths beyond this, or below its inverse, say little about each other's motion.</summary>
    private const double LongestRatio = 2;

    /// <summary>Null where nothing moves on either side of a pair, which moves itself.</summary>
    internal static Curve? Of(SourcePair? before, SourcePair pair, SourcePair? after)
    {
        double Length(SourcePair p) => (p.SecondTime - p.FirstTime).Value;
        var own = Length(pair);
        (SourcePair? Pair, float Length) Known(SourcePair? side) =>
            side is { Kind: PairKind.Motion } && Length(side) / own is >= 1 / LongestRatio and <= LongestRatio and var length ? (side, (float)length) : (null, 1);
        var (first, second) = (Known(before), Known(after));
        return first.Pair is null && second.Pair is null ? null : new Curve(first.Pair, second.Pair, first.Length, second.Length);
    }

    /// <param name="position">Where the own field is seen, which stands for that of a side of which nothing is known.</param>
    internal CurveTimes Times(float position) => new(position, Before?.MotionPosition ?? position, After?.MotionPosition ?? position, LengthBefore, LengthAfter);
}

/// <summary>When motion is seen: the own field at <paramref name="Position"/> between its frames.</summary>
/// <param name="Position">0 to 1.</param>
/// <param name="PositionBefore">Where between their frames the field before is seen, 0 to 1.</param>
/// <param name="PositionAfter">Where between their frames the field after is seen, 0 to 1.</param>
/// <param name="LengthBefore">How far the frames before are apart; 1: as far as the own.</param>
/// <param name="LengthAfter">How far the frames after are apart.</param>
internal readonly record struct CurveTimes(float Position, float PositionBefore, float PositionAfter, float LengthBefore, float LengthAfter)
{
    /// <summary>From where the own field is seen to where that before is, in the direction of time.</summary>
    public float Back => -(Position + (1 - PositionBefore) * LengthBefore);

    /// <summary>From where the own field is seen to where that after is.</summary>
    public float Ahead => 1 - Position + PositionAfter * LengthAfter;

    public float[] ToArray() => [Position, PositionBefore, PositionAfter, LengthBefore, LengthAfter];
}
