namespace Vfi.Pipeline.Interpolation;

/// <summary>The size at which motion is estimated.</summary>
/// <param name="Divisor">1, 2, 4 or 8: full-size pixels a view pixel, or how many times as many as the model's table has.</param>
/// <param name="OfTable">Whether the model's table counts, which goes by the number of lines.</param>
public sealed record MotionSize(int Divisor, bool OfTable)
{
    /// <summary>The model's table.</summary>
    public static MotionSize Auto { get; } = new(1, true);

    /// <summary>Half of it: faster and a little worse.</summary>
    public static MotionSize Half { get; } = new(2, true);

    /// <summary>As it is given: <c>auto</c>, <c>half</c> or a fraction.</summary>
    public override string ToString() => this == Auto ? "auto" : this == Half ? "half" : $"1/{Divisor}";
}
