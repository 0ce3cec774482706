using System.Globalization;

namespace Vfi.Pipeline.Timing;

/// <summary>An exact fraction in lowest terms with a positive denominator; times are in seconds, rates in Hz.</summary>
/// <remarks>Products are formed in 128 bits; a result that does not fit 64 bits throws <see cref="OverflowException"/>.</remarks>
public readonly struct Rational : IEquatable<Rational>, IComparable<Rational>
{
    private readonly long _denominator;

    /// <exception cref="DivideByZeroException"><paramref name="denominator"/> is 0.</exception>
    public Rational(long numerator, long denominator = 1) : this((Int128)numerator, denominator)
    {
    }

    private Rational(Int128 numerator, Int128 denominator)
    {
        if (denominator == 0)
            throw new DivideByZeroException("a rational needs a denominator other than 0");
        var divisor = GreatestCommonDivisor(Int128.Abs(numerator), Int128.Abs(denominator));
        if (denominator < 0)
            divisor = -divisor;
        Numerator = checked((long)(numerator / divisor));
        _denominator = checked((long)(denominator / divisor));
    }

    public static Rational Zero => default;

    public long Numerator { get; }

    public long Denominator => _denominator == 0 ? 1 : _denominator;

    public double Value => (double)Numerator / Denominator;

    public static Rational operator +(Rational a, Rational b) =>
        new((Int128)a.Numerator * b.Denominator + (Int128)b.Numerator * a.Denominator, (Int128)a.Denominator * b.Denominator);

    public static Rational operator -(Rational a, Rational b) => a + -b;

    public static Rational operator -(Rational a) => new(-(Int128)a.Numerator, a.Denominator);

    public static Rational operator *(Rational a, Rational b) =>
        new((Int128)a.Numerator * b.Numerator, (Int128)a.Denominator * b.Denominator);

    public static Rational operator /(Rational a, Rational b) =>
        new((Int128)a.Numerator * b.Denominator, (Int128)a.Denominator * b.Numerator);

    public static implicit operator Rational(long value) => new(value);

    public static bool operator ==(Rational a, Rational b) => a.Equals(b);

    public static bool operator !=(Rational a, Rational b) => !a.Equals(b);

    public static bool operator <(Rational a, Rational b) => a.CompareTo(b) < 0;

    public static bool operator >(Rational a, Rational b) => a.CompareTo(b) > 0;

    public static bool operator <=(Rational a, Rational b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Rational a, Rational b) => a.CompareTo(b) >= 0;

    public static Rational Abs(Rational a) => a.Numerator < 0 ? -a : a;

    public static Rational Min(Rational a, Rational b) => a <= b ? a : b;

    public static Rational Max(Rational a, Rational b) => a >= b ? a : b;

    /// <summary>The greatest value of which both are whole multiples; of positive values.</summary>
    public static Rational CommonUnit(Rational a, Rational b) => new(
        GreatestCommonDivisor((Int128)a.Numerator * b.Denominator, (Int128)b.Numerator * a.Denominator), (Int128)a.Denominator * b.Denominator);

    /// <summary>The greatest integer not above this value.</summary>
    public long Floor() => (long)FloorDivide(Numerator, Denominator);

    /// <summary>The smallest integer not below this value.</summary>
    public long Ceiling() => -(long)FloorDivide(-(Int128)Numerator, Denominator);

    /// <summary>The nearest integer; halves go up.</summary>
    public long Round() => (long)FloorDivide(2 * (Int128)Numerator + Denominator, 2 * (Int128)Denominator);

    /// <summary>Reads <c>30000/1001</c>, <c>24</c> or <c>23.976</c> exactly, whatever the locale.</summary>
    public static bool TryParse(string? text, out Rational value)
    {
        value = default;
        var parts = (text ?? "").Trim().Split('/');
        if (parts.Length > 2 || !TryParseDecimal(parts[0], out var numerator))
            return false;
        Rational denominator = 1;
        if (parts.Length == 2 && (!TryParseDecimal(parts[1], out denominator) || denominator.Numerator == 0))
            return false;
        try
        {
            value = numerator / denominator;
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    public bool Equals(Rational other) => Numerator == other.Numerator && Denominator == other.Denominator;

    public override bool Equals(object? obj) => obj is Rational other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Numerator, Denominator);

    public int CompareTo(Rational other) =>
        ((Int128)Numerator * other.Denominator).CompareTo((Int128)other.Numerator * Denominator);

    public override string ToString() => Denominator == 1
        ? Numerator.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");

    private static bool TryParseDecimal(string text, out Rational value)
    {
        value = default;
        if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var d)
            || d.Scale > 12 || Math.Abs(d) > 1_000_000_000)
        {
            return false;
        }
        long scale = 1;
        for (var i = 0; i < d.Scale; i++)
            scale *= 10;
        var scaled = d * scale;
        if (Math.Abs(scaled) > long.MaxValue)
            return false;
        value = new Rational((long)scaled, scale);
        return true;
    }

    private static Int128 FloorDivide(Int128 a, Int128 b)
    {
        var q = a / b;
        return a % b < 0 ? q - 1 : q;
    }

    internal static Int128 GreatestCommonDivisor(Int128 a, Int128 b)
    {
        while (b != 0)
            (a, b) = (b, a % b);
        return a;
    }
}
