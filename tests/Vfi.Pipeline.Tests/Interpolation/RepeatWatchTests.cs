using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

/// <summary>Changes from frame to frame are given in 8-bit steps, and go round and round.</summary>
public sealed class RepeatWatchTests
{
    [Theory]
    [InlineData("drawn on twos", "20 2", "--repeats 2")]
    [InlineData("drawn on threes", "20 2 1", "--repeats 3")]
    [InlineData("films shown at 60 frames a second", "20 2 18 2 1", "--repeats 3")]
    [InlineData("films shown at 30 frames a second", "20 18 22 19 1", "--repeats 2")]
    public void A_video_that_shows_pictures_several_times_is_told_once_with_the_way_out(string what, string changes, string option)
    {
        var note = Assert.Single(Notes(changes, 500));
        Assert.True(note.Contains(option, StringComparison.Ordinal), $"{what}: {note}");
        Assert.Contains("of 48 source frames", note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("even motion", "20 19 18 20 22")]
    [InlineData("a still", "0 0 0")]
    [InlineData("a still with coding noise", "0.2 0.1 0.3 0.2")]
    [InlineData("a slide every ten frames", "90 0 0 0 0 0 0 0 0 0")]
    [InlineData("a dropped frame now and then", "20 18 22 19 20 21 18 19 17 20 22 1")]
    public void What_shows_each_picture_once_is_left_unsaid(string what, string changes) => Assert.True(Notes(changes, 500).Count == 0, what);

    [Fact]
    public void Repeats_that_begin_late_are_told_when_they_are_many()
    {
        var notes = new List<string>();
        var watch = new RepeatWatch(notes.Add);
        foreach (var change in Changes("20 19 21", 100).Concat(Changes("20 2", 60)))
            watch.Add(change);
        Assert.Single(notes);
    }

    private static List<string> Notes(string changes, int count)
    {
        var notes = new List<string>();
        var watch = new RepeatWatch(notes.Add);
        foreach (var change in Changes(changes, count))
            watch.Add(change);
        return notes;
    }

    private static IEnumerable<double> Changes(string steps, int count)
    {
        var each = steps.Split(' ').Select(c => double.Parse(c, System.Globalization.CultureInfo.InvariantCulture) / 255).ToList();
        return Enumerable.Range(0, count).Select(i => each[i % each.Count]);
    }
}
