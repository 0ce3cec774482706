using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests;

public sealed class ScanDecisionTests
{
    private static readonly PictureScan Whole = new(0, 0, 25, 0, 25), Top = new(25, 0, 0, 0, 25), Film = new(13, 3, 9, 6, 25), Still = new(0, 0, 0, 0, 25);

    [Theory]
    [InlineData(Scan.Interlaced)]
    [InlineData(Scan.Flagged)]
    public void Pictures_that_do_not_move_leave_what_is_marked(Scan marked) => Assert.Equal(marked, Judge(marked, true, Still, Still).Scan);

    [Theory]
    [InlineData(Scan.Interlaced)]
    [InlineData(Scan.Flagged)]
    public void Whole_pictures_are_not_deinterlaced(Scan marked) => Assert.Equal(Scan.Segmented, Judge(marked, true, Whole, Still, Whole).Scan);

    [Fact]
    public void One_place_of_several_that_looks_interlaced_leaves_what_is_marked() => Assert.Equal(Scan.Flagged, Judge(Scan.Flagged, true, Whole, Whole, Whole, Top).Scan);

    [Theory]
    [InlineData(Scan.Interlaced)]
    [InlineData(Scan.Flagged)]
    public void Film_with_pulldown_is_seen_beside_stills(Scan marked) => Assert.Equal((Scan.Telecined, FieldOrder.TopFirst), Both(Judge(marked, true, Film, Still, Film)));

    [Fact]
    public void Film_is_not_put_together_where_the_rate_does_not_allow_it_or_other_video_is_seen()
    {
        Assert.Equal(Scan.Flagged, Judge(Scan.Flagged, false, Film, Film).Scan);
        Assert.Equal(Scan.Flagged, Judge(Scan.Flagged, true, Film, Film, Film, Top).Scan);
        Assert.Equal(Scan.Flagged, Judge(Scan.Flagged, true, Film, Film, Film, Whole).Scan);
    }

    [Theory]
    [InlineData(22, 3, FieldOrder.AsMarked)]
    [InlineData(23, 2, FieldOrder.TopFirst)]
    [InlineData(2, 23, FieldOrder.BottomFirst)]
    [InlineData(11, 0, FieldOrder.AsMarked)]
    public void The_order_of_fields_counts_as_it_looks_where_nearly_all_agree(int top, int bottom, FieldOrder expected) =>
        Assert.Equal((Scan.Flagged, expected), Both(Judge(Scan.Flagged, true, new PictureScan(top, bottom, 0, 0, 25))));

    [Theory]
    [InlineData(60, 48)]
    [InlineData(61, 49)]
    [InlineData(63, 51)]
    [InlineData(64, 52)]
    public void Film_has_as_many_frames_as_the_video_has_pictures_of_it(int frames, int film)
    {
        var video = Video(Scan.Flagged);
        var index = new PacketIndex([.. Enumerable.Range(0, frames).Select(i => 4004 + i * 3003L)], [], 3003, null);
        var taken = index.Film(video.TimeBase, video.Film(new Rational(30000, 1001)));
        var timeline = taken.Timeline(video.Film(new Rational(30000, 1001)));
        Assert.Equal(film, taken.Pts.Count);
        Assert.Equal(new Rational(24000, 1001), timeline.GridRate);
        Assert.Equal(new Rational(4004, 90000), timeline.Start * timeline.TimeBase);
        Assert.Equal(new Rational(1001, 24000), timeline.TimeOf(taken.Pts[1]));
    }

    private static VideoStream Judge(Scan marked, bool mayBeFilm, params PictureScan[] places) => ScanDecision.Judge(Video(marked), places, mayBeFilm);

    private static (Scan, FieldOrder) Both(VideoStream video) => (video.Scan, video.FieldOrder);

    private static VideoStream Video(Scan scan) => new(0, "h264", 720, 480, "yuv420p", new Rational(1, 90000), [new Rational(30000, 1001)], 0, 0, new ColourDescription(), null, 0, scan);
}
