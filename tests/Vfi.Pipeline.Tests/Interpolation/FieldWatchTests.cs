using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

/// <summary>How frames look, one letter each (top or bottom field first, whole, hardly moving), goes round and round.</summary>
public sealed class FieldWatchTests
{
    [Theory]
    [InlineData("interlaced", "t", true, "--scan tff")]
    [InlineData("interlaced, the bottom field first", "b", true, "--scan bff")]
    [InlineData("interlaced, half of it hardly moving", "t-tw-tt-w", true, "--scan tff")]
    [InlineData("film with pulldown", "tttww", true, "--scan telecine")]
    [InlineData("film with pulldown, the bottom field first", "wbbbw", true, "--scan telecine")]
    [InlineData("what looks like film at a rate that films with pulldown do not have", "tttww", false, "--scan tff")]
    public void What_looks_interlaced_and_is_not_marked_so_is_told_once_with_the_way_out(string what, string frames, bool mayBeFilm, string option)
    {
        var note = Assert.Single(Notes(frames, mayBeFilm, 500));
        Assert.True(note.Contains(option, StringComparison.Ordinal), $"{what}: {note}");
    }

    [Theory]
    [InlineData("whole pictures", "w")]
    [InlineData("whole pictures of fine lines", "wwwwwtwwwwwbwww")]
    [InlineData("no common order", "tbtttb")]
    [InlineData("stills", "-")]
    public void What_does_not_look_interlaced_is_left_unsaid(string what, string frames) => Assert.True(Notes(frames, true, 500).Count == 0, what);

    private static List<string> Notes(string frames, bool mayBeFilm, int count)
    {
        var notes = new List<string>();
        var watch = new FieldWatch(30, mayBeFilm, notes.Add);
        for (var i = 0; i < count; i++)
        {
            if (frames[i % frames.Length] is not '-' and var look)
                watch.Count(i, look == 't' ? 1 : look == 'b' ? -1 : 0);
        }
        return notes;
    }
}
