using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Interpolation;

/// <summary>Videos are given as the number of frames that show each picture, again and again for 120 frames.</summary>
public sealed class RepeatShareTests
{
    [Theory]
    [InlineData("drawn on twos", "2")]
    [InlineData("drawn on threes and twos", "3 2 2")]
    [InlineData("films shown at 60 frames a second", "2 3")]
    [InlineData("films shown at 30 frames a second", "1 1 1 2")]
    [InlineData("50 pictures shown at 60", "1 1 1 1 2")]
    public void Videos_that_show_pictures_several_times_have_many_repeats_but_in_their_first_frames(string what, string frames)
    {
        var starts = Starts(frames);
        var many = Enumerable.Range(0, starts.Count).Where(i => IsMany(starts, i)).ToList();
        Assert.True(starts[many[0]].Frame <= Cadence.Ahead, what);
        Assert.Equal((what, starts.Count - many[0]), (what, many.Count));
    }

    [Theory]
    [InlineData("none", "1")]
    [InlineData("a frame missed now and then", "1 1 1 1 1 1 1 1 1 1 2")]
    public void Videos_that_show_each_picture_once_have_few(string what, string frames)
    {
        var starts = Starts(frames);
        Assert.True(Enumerable.Range(0, starts.Count).All(i => !IsMany(starts, i)), what);
    }

    [Fact]
    public void Repeats_are_many_where_they_are_and_not_elsewhere()
    {
        var starts = new List<PictureStart>();
        for (var frame = 0; frame < 360; frame += frame is < 120 or >= 240 ? 1 : 2)
            starts.Add(new PictureStart(frame, frame, frame is < 120 or >= 240 ? 0 : 1));
        Assert.True(IsMany(starts, starts.FindIndex(s => s.Frame == 180)));
        Assert.False(IsMany(starts, starts.FindIndex(s => s.Frame == 90)));
        Assert.False(IsMany(starts, starts.FindIndex(s => s.Frame == 280)));
    }

    private static bool IsMany(List<PictureStart> starts, int at) => RepeatShare.IsMany(starts, at);

    private static List<PictureStart> Starts(string frames)
    {
        var each = frames.Split(' ').Select(f => int.Parse(f, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        var starts = new List<PictureStart>();
        for (var frame = 0; frame < 120; frame += each[(starts.Count - 1) % each.Count])
            starts.Add(new PictureStart(frame, frame, each[starts.Count % each.Count] - 1));
        return starts;
    }
}
