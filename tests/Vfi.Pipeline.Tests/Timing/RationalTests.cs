using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Timing;

public sealed class RationalTests
{
    [Theory]
    [InlineData("30000/1001", 30000, 1001)]
    [InlineData("23.976", 2997, 125)]
    [InlineData(" 24 ", 24, 1)]
    [InlineData("2.5", 5, 2)]
    [InlineData("-1/3", -1, 3)]
    [InlineData("5.0/2.5", 2, 1)]
    public void Parses_decimals_and_fractions_exactly(string text, long numerator, long denominator)
    {
        Assert.True(Rational.TryParse(text, out var value));
        Assert.Equal(new Rational(numerator, denominator), value);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("1/0")]
    [InlineData("")]
    [InlineData("1/2/3")]
    [InlineData("1e3")]
    [InlineData("ten")]
    [InlineData("99999999999999999999")]
    public void Refuses_what_is_not_a_number(string text) => Assert.False(Rational.TryParse(text, out _));

    [Fact]
    public void A_million_steps_add_up_without_error()
    {
        var step = new Rational(1001, 60000);
        var sum = Rational.Zero;
        for (var i = 0; i < 1_000_000; i++)
            sum += step;
        Assert.Equal(1_000_000 * step, sum);
    }

    [Theory]
    [InlineData(5, 2, 2, 3, 3)]
    [InlineData(-5, 2, -3, -2, -2)]
    [InlineData(7, 3, 2, 3, 2)]
    [InlineData(4, 2, 2, 2, 2)]
    public void Rounds_down_up_and_to_nearest(long n, long d, long floor, long ceiling, long round)
    {
        var value = new Rational(n, d);
        Assert.Equal((floor, ceiling, round), (value.Floor(), value.Ceiling(), value.Round()));
    }
}
