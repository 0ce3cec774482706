using Vfi.Pipeline;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Timing;

public sealed class OutputRateTests
{
    [Fact]
    public void Ratio_wins_over_rate() =>
        Assert.Equal(new Rational(60), OutputRate.Resolve(new Rational(5, 2), new Rational(50), 24));

    [Fact]
    public void Neither_means_twice() => Assert.Equal(new Rational(60000, 1001), OutputRate.Resolve(null, null, new Rational(30000, 1001)));

    [Theory]
    [InlineData("59.94", 60000, 1001)]
    [InlineData("23.976", 24000, 1001)]
    [InlineData("29.97", 30000, 1001)]
    [InlineData("23.98", 24000, 1001)]
    [InlineData("119.88", 120000, 1001)]
    [InlineData("60", 60, 1)]
    [InlineData("2997/50", 2997, 50)]
    [InlineData("12.5", 25, 2)]
    [InlineData("15.25", 61, 4)]
    public void Decimals_of_NTSC_rates_mean_those_rates(string text, long numerator, long denominator) =>
        Assert.Equal(new Rational(numerator, denominator), OutputRate.Parse(text, "--out-fps", isRate: true));

    [Theory]
    [InlineData("0")]
    [InlineData("-2")]
    [InlineData("NaN")]
    [InlineData("fast")]
    public void Rates_that_are_no_positive_number_are_bad_input_named_by_option(string text)
    {
        var e = Assert.Throws<VfiException>(() => OutputRate.Parse(text, "--out-fps", isRate: true));
        Assert.Equal(FailureKind.BadInput, e.Kind);
        Assert.Contains("--out-fps " + text, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_1000_fps_is_bad_input() =>
        Assert.Equal(FailureKind.BadInput, Assert.Throws<VfiException>(() => OutputRate.Resolve(100, null, 24)).Kind);
}
