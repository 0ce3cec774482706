using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Media;

namespace Vfi.Tests;

/// <summary>Each frame as the first and last columns, and the first and last rows, that are not black, of 640x360.</summary>
public sealed class BorderLookTests
{
    private const string Film = "0-639 46-313", Whole = "0-639 0-359", Black = "639-0 359-0";

    [Theory]
    [InlineData("film", $"{Film},{Film},{Film}", "640x268 at 0,46")]
    [InlineData("film with black frames", $"{Black},{Film},{Black},{Black}", "640x268 at 0,46")]
    [InlineData("film with a dark scene and a subtitle", $"{Film},{Film},0-639 90-313,0-639 46-340", "640x268 at 0,46")]
    [InlineData("film with logos and scenes of another shape", $"{Whole},{Film},{Film},{Whole}", "640x268 at 0,46")]
    [InlineData("film whose edge is not sharp", "0-639 47-313,0-639 46-312,0-639 48-313,0-639 46-313", "640x268 at 0,46")]
    [InlineData("an upright picture", "219-420 0-359,219-420 0-359", "204x360 at 218,0")]
    [InlineData("all sides", "40-599 46-313", "560x268 at 40,46")]
    [InlineData("one side", "0-639 0-313", "640x314 at 0,0")]
    [InlineData("no borders", $"{Whole},{Whole}", null)]
    [InlineData("mostly no borders", $"{Whole},{Film},{Whole}", null)]
    [InlineData("scenes that are dark at the top, each otherwise", "0-639 10-359,0-639 40-359,0-639 70-359,0-639 100-359", null)]
    [InlineData("a line", "0-639 2-359", null)]
    [InlineData("black frames alone", $"{Black},{Black}", null)]
    [InlineData("a point of light", "300-340 150-180", null)]
    [InlineData("nothing was seen", "", null)]
    [InlineData("frames of another size", "0-719 46-313", null)]
    public void Borders_are_what_most_frames_agree_on(string what, string frames, string? expected)
    {
        var seen = frames.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(f => f.Split(' ', '-').Select(int.Parse).ToArray() is [var left, var right, var top, var bottom]
            ? new BorderLook.Edges(left, top, right, bottom) : throw new FormatException(f)).ToList();
        Assert.Equal((what, expected), (what, BorderLook.Judge(seen, PixelLayout.All["yuv420p"], 640, 360)?.ToString()));
    }
}
