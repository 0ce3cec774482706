using System.Globalization;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Timing;

public class CadenceTests
{
    private static readonly Rational Frame = new(1001, 60000);

    [Theory]
    [InlineData("24 in 30", "1 2 1 1", "0 0.25 -0.5 -0.25")]
    [InlineData("24 in 60", "3 2", "0 -0.5")]
    [InlineData("24 in 60, the other way round", "2 3", "-0.5 0")]
    [InlineData("50 in 60", "1 1 1 1 2", "-0.4 -0.2 0 0.2 0.4")]
    [InlineData("25 in 60", "2 2 3 2 3", "-0.4 0 0.4 -0.2 0.2")]
    [InlineData("20 in 30", "2 1", "0 -0.5")]
    [InlineData("12 in 24", "2", "0")]
    [InlineData("24 in 24", "1", "0")]
    [InlineData("animation on twos and fours", "2 4", "0 0")]
    [InlineData("halts", "1 1 1 3", "0 0 0 0")]
    public void Pictures_of_a_constant_rate_get_their_own_times(string what, string shown, string later)
    {
        var starts = Starts(Enumerable.Repeat(Numbers(shown), 12).SelectMany(n => n).Select(n => (int)n));
        var expected = Numbers(later);
        // Two patterns of 12 frames do not lie in what is known of the first few.
        for (var i = starts.FindIndex(s => s.Frame >= Cadence.Ahead); i < starts.Count; i++)
            Assert.Equal((what, i, expected[i % expected.Length]), (what, i, Math.Round(Later(starts, i), 3)));
    }

    [Theory]
    [InlineData(24, 30)]
    [InlineData(24, 60)]
    [InlineData(23.976, 29.97)]
    [InlineData(25, 30)]
    public void Times_in_milliseconds_before_they_were_rounded_to_frames_do_not_hide_the_rate(double film, double video)
    {
        var frames = Enumerable.Range(0, 500).Select(i => (long)Math.Round(Math.Round(i * 1000 / film) / 1000 * video, MidpointRounding.AwayFromZero)).ToList();
        var starts = frames.ConvertAll(f => new PictureStart(f, f * Frame));
        var later = Enumerable.Range(10, 480).Select(i => (frames[i] + Later(starts, i) - i * video / film)).ToList();
        // From the first picture's time, which falls on a frame.
        Assert.All(later, l => Assert.InRange(l, -0.5, 0.5));
        Assert.InRange(later.Count(l => Math.Abs(l) < 0.001), 460, 480);
    }

    [Theory]
    [InlineData(24.6, 30)]
    [InlineData(24.43, 30)]
    [InlineData(23.1, 29.97)]
    [InlineData(29.97, 40)]
    [InlineData(22.2, 50)]
    public void Pictures_of_a_rate_that_is_not_common_are_nearly_even(double film, double video)
    {
        var frames = Enumerable.Range(0, 500).Select(i => (long)Math.Floor(i * video / film)).ToList();
        var starts = frames.ConvertAll(f => new PictureStart(f, f * Frame));
        var later = Enumerable.Range(12, 476).Select(i => frames[i] + Later(starts, i) - i * video / film).ToList();
        // Without times of their own: one frame.
        Assert.InRange(later.Max() - later.Min(), 0, 0.4);
    }

    [Fact]
    public void Pictures_that_are_shown_for_frames_in_no_order_stay_and_keep_theirs()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var starts = Starts(Enumerable.Range(0, 60).Select(_ => random.Next(1, 4)));
            Rational? before = null;
            for (var i = 0; i < starts.Count; i++)
            {
                Assert.InRange(Later(starts, i), -0.5, 0.5);
                var time = Cadence.TimeOf(starts, i);
                Assert.True(before is null || time >= before, $"round {round}: picture {i} is before the one before it");
                before = time;
            }
        }
    }

    private static double[] Numbers(string text) => [.. text.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];

    /// <summary>In frames.</summary>
    private static double Later(List<PictureStart> starts, int at) => ((Cadence.TimeOf(starts, at) - starts[at].Time) / Frame).Value;

    private static List<PictureStart> Starts(IEnumerable<int> shown)
    {
        List<PictureStart> starts = [new(0, Rational.Zero)];
        foreach (var frames in shown)
            starts.Add(new(starts[^1].Frame + frames, (starts[^1].Frame + frames) * Frame));
        return starts;
    }
}
