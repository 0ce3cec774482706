using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

/// <summary>Changes from frame to frame are given in 8-bit steps.</summary>
public sealed class RepeatFinderTests
{
    [Theory]
    [InlineData("pictures shown twice, with coding noise", 2, "20 2 18 3 22 2 19", "-r-r-r-")]
    [InlineData("pictures shown three times, with coding noise", 3, "20 2 1 18 3 2 22 1 1", "-rr-rr-rr")]
    [InlineData("pictures shown three and two times, as films in 60 fps", 3, "20 2 18 2 1 22 2 19", "-r-rr-r-")]
    [InlineData("pictures shown longer than may be", 2, "20 2 2 2 19", "-----")]
    [InlineData("exact copies, however long", 2, "20 0 0 0 0 19", "-rrrr-")]
    [InlineData("even motion", 2, "12 11 12 13 11 12", "------")]
    [InlineData("motion that comes to rest", 2, "20 20 12 5 1 1 1", "-------")]
    [InlineData("motion on both sides of a cut", 2, "9 10 160 11 9", "-----")]
    [InlineData("a repeat before a cut", 2, "10 1 160 1 10", "-r-r-")]
    [InlineData("a flash", 3, "9 9 8 10 90 90 11 9 9 8", "----------")]
    [InlineData("a repeat at the beginning and at the end", 2, "1 20 1 20 1", "r-r-r")]
    [InlineData("repeats that are not looked for", 1, "20 0 20 0", "----")]
    public void A_repeat_changes_less_than_what_is_around_it(string what, int repeats, string changes, string expected)
    {
        using var set = new InterpolatorSet([new HoldInterpolator()], ExecutionProvider.Cpu);
        var finder = new RepeatFinder(f => set.Show(f), new PairClassifier(0.5, PairClassifier.DefaultStillThreshold), new Repeats(repeats));
        var given = changes.Split(' ').Select(c => double.Parse(c, System.Globalization.CultureInfo.InvariantCulture) / 255).ToList();
        var found = string.Concat(Enumerable.Range(0, given.Count).Select(i => finder.Judge(given, i).IsRepeat ? 'r' : '-'));
        Assert.Equal((what, expected), (what, found));
    }
}
