using System.Globalization;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Which frames that show the picture before once more count as one with it, so that motion goes on through them: see <see cref="SourcePairs"/>.</summary>
/// <param name="Most">Frames in a row that may show one picture, 1 (every frame counts) to <see cref="Limit"/>.</param>
/// <param name="OnlyMany">Whether they count where they are many alone: see <see cref="RepeatShare"/>.</param>
public sealed record Repeats(int Most, bool OnlyMany = false)
{
    /// <summary>Twice as many source frames wait in memory.</summary>
    public const int Limit = 8;

    /// <summary>Films at 24 in 30 or 60 a second, animation drawn on twos, threes and fours. Of pictures shown longer, motion at rest cannot be told as surely.</summary>
    public static Repeats Auto { get; } = new(4, OnlyMany: true);

    /// <summary>All frames stay.</summary>
    public static Repeats None { get; } = new(1);

    /// <summary>As it is given: <c>auto</c> or a number.</summary>
    public override string ToString() => OnlyMany ? "auto" : Most.ToString(CultureInfo.InvariantCulture);
}
