using System.Globalization;

namespace Vfi.Pipeline.Timing;

/// <summary>Decides the output frame rate from what was asked for and the source's rate.</summary>
public static class OutputRate
{
    public const int MaximumFps = 1000;

    /// <summary>Time scales of MP4 are 31 bits wide.</summary>
    private const long MaximumNumerator = int.MaxValue;

    /// <summary>Ratio wins over rate; neither means twice the source's rate.</summary>
    /// <param name="ratio">Output frames per source frame, above 0.</param>
    /// <param name="fps">Frames per second, above 0.</param>
    /// <param name="sourceFps">The source's (average) rate.</param>
    /// <exception cref="VfiException">The result is not above 0 and at most 1000 (bad input).</exception>
    public static Rational Resolve(Rational? ratio, Rational? fps, Rational sourceFps)
    {
        var result = ratio is { } r ? r * sourceFps : fps ?? 2 * sourceFps;
        if (result.Numerator > MaximumNumerator)
        {
            throw VfiException.BadInput(string.Create(CultureInfo.InvariantCulture,
                $"the output rate {result} fps has more digits than containers can tell apart; give a shorter decimal or a fraction such as 60000/1001"));
        }
        if (result > 0 && result <= MaximumFps)
            return result;
        throw VfiException.BadInput(string.Create(CultureInfo.InvariantCulture,
            $"the output rate would be {result} ({result.Value:0.###}) fps; it must be greater than 0 and at most {MaximumFps}: " +
            $"choose another --interp-ratio or --out-fps (the source has {sourceFps.Value:0.###} fps)"));
    }

    /// <summary>Parses a rate or ratio option. Decimals that name an NTSC rate (23.976, 29.97, 59.94, …) mean n·1000/1001.</summary>
    /// <param name="text">A decimal or a fraction such as 30000/1001.</param>
    /// <param name="option">The option's name for the message.</param>
    /// <param name="isRate">Whether NTSC decimals are understood (a rate) or not (a ratio).</param>
    /// <exception cref="VfiException">Not a number, or not above 0 (bad input).</exception>
    public static Rational Parse(string text, string option, bool isRate)
    {
        if (!Rational.TryParse(text, out var value) || value <= 0)
        {
            throw VfiException.BadInput(
                $"{option} {text}: not a number greater than 0; give a decimal (59.94) or a fraction (60000/1001)");
        }
        return isRate && !text.Contains('/', StringComparison.Ordinal) ? NearestNtsc(text.Trim(), value) : value;
    }

    private static Rational NearestNtsc(string text, Rational value)
    {
        var digits = text.Length - 1 - text.IndexOf('.', StringComparison.Ordinal);
        if (value.Denominator == 1 || digits < 2 || digits > 6)
            return value;
        var candidate = new Rational((value * new Rational(1001, 1000)).Round() * 1000, 1001);
        var unit = 1L;
        for (var i = 0; i < digits; i++)
            unit *= 10;
        // Rounded (59.94) or cut (23.97, 119.88) to the digits given.
        var scaled = candidate * unit;
        return new Rational(scaled.Round(), unit) == value || new Rational(scaled.Floor(), unit) == value ? candidate : value;
    }
}
