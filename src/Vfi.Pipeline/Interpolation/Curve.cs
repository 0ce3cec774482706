namespace Vfi.Pipeline.Interpolation;

/// <summary>The pairs before and after one, whose motion tells how what moves speeds up, slows down or turns between its frames.</summary>
/// <param name="Before">Ends with the pair's first frame.</param>
/// <param name="After">Begins with the pair's second.</param>
/// <param name="LengthBefore">How far its frames are apart; 1: as far as the pair's.</param>
/// <param name="LengthAfter">How far its frames are apart.</param>
public sealed record Curve(SourcePair Before, SourcePair After, float LengthBefore, float LengthAfter)
{
    /// <summary>Lengths beyond this, or below its inverse, say little about each other's motion.</summary>
    private const double LongestRatio = 2;

    /// <summary>Null where the motion around a pair, which moves itself, says nothing about it.</summary>
    internal static Curve? Of(SourcePair? before, SourcePair pair, SourcePair? after)
    {
        if (before is not { Kind: PairKind.Motion } || after is not { Kind: PairKind.Motion })
            return null;
        double Length(SourcePair p) => (p.Second!.Frame.Time - p.First.Frame.Time).Value;
        double own = Length(pair), first = Length(before) / own, second = Length(after) / own;
        return Math.Min(first, second) < 1 / LongestRatio || Math.Max(first, second) > LongestRatio ? null : new Curve(before, after, (float)first, (float)second);
    }

    internal CurveTimes Times(float position) => new(position, Before.MotionPosition, After.MotionPosition, LengthBefore, LengthAfter);
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
