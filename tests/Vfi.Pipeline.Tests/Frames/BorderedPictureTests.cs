using Vfi.Pipeline.Frames;

namespace Vfi.Tests.Frames;

/// <summary>Each frame as the first and last columns, and the first and last rows, that are not black, of 640x360; with ~ lines beside the borders that are darker.</summary>
public sealed class BorderedPictureTests
{
    private const string Film = "0-639 46-313", Whole = "0-639 0-359", Black = "639-0 359-0";

    [Theory]
    [InlineData("film", $"{Film},{Film},{Film}", "640x268 at 0,46")]
    [InlineData("film with black frames", $"{Black},{Film},{Black},{Black}", "640x268 at 0,46")]
    [InlineData("film with a dark scene and a subtitle", $"{Film},{Film},0-639 90-313,0-639 46-340", "640x268 at 0,46")]
    [InlineData("film with logos and scenes of another shape", $"{Whole},{Film},{Film},{Whole}", "640x268 at 0,46")]
    [InlineData("film whose edge differs", "0-639 47-313,0-639 46-312,0-639 48-313,0-639 46-313", "640x268 at 0,46")]
    [InlineData("an upright picture", "219-420 0-359,219-420 0-359", "204x360 at 218,0", "200x360 at 220,0")]
    [InlineData("all sides", "40-599 46-313", "560x268 at 40,46")]
    [InlineData("one side", "0-639 0-313", "640x314 at 0,0")]
    [InlineData("film that was scaled", $"{Film}~", "640x268 at 0,46", "640x264 at 0,48")]
    [InlineData("film that was scaled, with a dark scene", $"{Film}~,{Film}~,0-639 90-313", "640x268 at 0,46", "640x264 at 0,48")]
    [InlineData("no borders", $"{Whole},{Whole}", null)]
    [InlineData("mostly no borders", $"{Whole},{Film},{Whole}", null)]
    [InlineData("scenes that are dark at the top, each otherwise", "0-639 10-359,0-639 40-359,0-639 70-359,0-639 100-359", null)]
    [InlineData("a line", "0-639 2-359", null)]
    [InlineData("black frames alone", $"{Black},{Black}", null)]
    [InlineData("a point of light", "300-340 150-180", null)]
    [InlineData("nothing was seen", "", null)]
    public void Borders_are_what_most_frames_agree_on(string what, string frames, string? shown, string? sharp = null)
    {
        var seen = frames.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(f => f.TrimEnd('~').Split(' ', '-').Select(int.Parse).ToArray() is [var left, var right, var top, var bottom]
            ? new LightProfile(Lines(360, top, bottom, f.EndsWith('~')), Lines(640, left, right, f.EndsWith('~'))) : throw new FormatException(f)).ToList();
        var picture = BorderedPicture.Judge(seen, PixelLayout.All["yuv420p"]);
        Assert.Equal((what, shown, sharp ?? shown), (what, picture?.Shown.ToString(), picture?.Sharp.ToString()));
    }

    [Fact]
    public void A_profile_has_the_mean_of_each_row_and_column_above_black()
    {
        var profile = LightProfile.Of([16, 16, 16, 16, 22, 46], 3, 16);
        Assert.Equal([0, 12], profile.Rows);
        Assert.Equal([0, 3, 15], profile.Columns);
    }

    private static double[] Lines(int count, int first, int last, bool isSoft) =>
        [.. Enumerable.Range(0, count).Select(i => i < first || i > last ? 1.0 : isSoft && (i == first || i == last) ? 60 : 100)];
}
