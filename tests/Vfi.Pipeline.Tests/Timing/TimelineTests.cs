using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Timing;

public sealed class TimelineTests
{
    private static readonly Rational Millisecond = new(1, 1000);

    private static SourceTimeline Constant(Rational rate, int frames, Rational timeBase, long start = 0) => SourceTimeline.FromTimestamps(
        timeBase, [.. Enumerable.Range(0, frames).Select(i => start + (i / (rate * timeBase)).Round())], 0, [rate]);

    [Theory]
    [InlineData("24", "60")]
    [InlineData("24000/1001", "60000/1001")]
    [InlineData("25", "50")]
    [InlineData("30", "144")]
    [InlineData("30000/1001", "75000/1001")]
    [InlineData("60", "24")]
    public void N_frames_at_constant_rate_give_exactly_ratio_times_N(string from, string to)
    {
        var (source, fps) = (Parse(from), Parse(to));
        var unit = (int)(fps / source).Denominator;
        for (var n = unit; n < 40 * unit; n += unit)
        {
            foreach (var timeBase in (Rational[])[Millisecond, new(1, 90000), 1 / source])
            {
                var timeline = Constant(source, n, timeBase, start: 1234);
                Assert.True(timeline.IsConstantRate);
                Assert.Equal(n * fps / source, OutputTimeline.For(timeline, fps).FrameCount);
            }
        }
    }

    [Fact]
    public void A_last_frame_a_tick_short_does_not_change_the_rate()
    {
        List<long> pts = [.. Enumerable.Range(0, 70).Select(i => i * 1001L)];
        var timeline = SourceTimeline.FromTimestamps(new Rational(1, 120_000), pts, 1000, [new Rational(8400000, 70069), new Rational(120000, 1001)]);
        Assert.Equal(new Rational(120000, 1001), timeline.Rate);
        Assert.True(timeline.IsConstantRate);
    }

    [Fact]
    public void Matroska_milliseconds_do_not_move_frames_off_the_grid()
    {
        var rate = new Rational(24000, 1001);
        var timeline = Constant(rate, 1000, Millisecond, start: 80);
        for (var i = 0; i < 1000; i++)
            Assert.Equal(i / rate, timeline.TimeOf(80 + (i / (rate * Millisecond)).Round()));
    }

    [Fact]
    public void On_the_grid_every_second_frame_of_a_doubled_rate_is_a_source_frame()
    {
        var rate = new Rational(30000, 1001);
        var source = Constant(rate, 300, Millisecond);
        var output = OutputTimeline.For(source, 2 * rate);
        for (var i = 0; i < 299; i++)
        {
            var (a, b) = (i / rate, (i + 1) / rate);
            Assert.Equal(2 * i, output.FirstFrameFrom(a));
            Assert.Equal(Rational.Zero, output.Position(2 * i, a, b));
            Assert.Equal(new Rational(1, 2), output.Position(2 * i + 1, a, b));
        }
    }

    [Fact]
    public void A_variable_rate_is_no_grid_and_keeps_its_own_times()
    {
        var timeline = SourceTimeline.FromTimestamps(new Rational(1, 600), [0, 20, 50, 55, 100], 10, [new Rational(30), new Rational(25)]);
        Assert.Null(timeline.GridRate);
        Assert.Equal(new Rational(110, 600), timeline.Duration);
        Assert.Equal(new Rational(55, 600), timeline.TimeOf(55));
    }

    [Fact]
    public void Source_frames_within_half_a_tick_are_shown_as_they_are()
    {
        // 60 fps on milliseconds from a source of variable rate that happens to lie at 17 ms.
        var source = SourceTimeline.FromTimestamps(Millisecond, [0, 17, 60, 140], 40, []);
        var output = OutputTimeline.For(source, 60);
        Assert.Equal(1, output.FirstFrameFrom(source.TimeOf(17)));
        Assert.Equal(Rational.Zero, output.Position(1, source.TimeOf(17), source.TimeOf(60)));
    }

    [Fact]
    public void Every_output_frame_belongs_to_exactly_one_pair_or_the_last_frame()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var pts = new List<long> { random.Next(-500, 500) };
            for (var i = 0; i < 30; i++)
                pts.Add(pts[^1] + random.Next(1, 90));
            var source = SourceTimeline.FromTimestamps(Millisecond, pts, random.Next(0, 50), []);
            var output = OutputTimeline.For(source, new Rational(random.Next(1, 200_000), 1001));
            long next = 0;
            for (var i = 0; i + 1 < pts.Count; i++)
            {
                Rational a = source.TimeOf(pts[i]), b = source.TimeOf(pts[i + 1]);
                Assert.Equal(next, output.FirstFrameFrom(a));
                for (; next < output.FirstFrameFrom(b); next++)
                {
                    var t = output.Position(next, a, b);
                    Assert.True(t >= 0 && t < 1, $"{t}");
                }
            }
            Assert.True(next <= output.FrameCount);
            Assert.True(Rational.Abs(output.Duration - source.Duration) <= 1 / output.Fps / 2 || output.FrameCount == 1);
        }
    }

    [Theory]
    [InlineData(48, 1, 2, 1, 2)]
    [InlineData(60, 0, 1, 2, 5)]
    [InlineData(60, 1, 2, 3, 5)]
    [InlineData(120, 0, 1, 2, 5)]
    [InlineData(30, 1, 2, 3, 5)]
    [InlineData(24, 1, 2, 1, 2)]
    [InlineData(6, 1, 2, 1, 2)]
    public void The_output_frame_nearest_to_the_middle_of_two_source_frames_is_found(int fps, int first, int second, int numerator, int denominator)
    {
        var output = new OutputTimeline(fps, 100, new Rational(1, 1_000_000));
        Assert.Equal(new Rational(numerator, denominator), output.NearestMiddle(new Rational(first, 24), new Rational(second, 24)));
    }

    [Fact]
    public void Dropped_frames_leave_a_grid_with_holes_that_is_not_constant()
    {
        var timeline = SourceTimeline.FromTimestamps(Millisecond, [0, 40, 120, 160], 40, [new Rational(25)]);
        Assert.Equal(new Rational(25), timeline.GridRate);
        Assert.False(timeline.IsConstantRate);
        Assert.Equal(new Rational(1, 5), timeline.Duration);
    }

    [Theory]
    [InlineData(new long[] { 0, 80, 160, 240 }, 40)]
    [InlineData(new long[] { 0, 80, 160, 240 }, 10)]
    [InlineData(new long[] { 0, 80, 160, 240 }, 80)]
    public void Even_frames_are_a_constant_rate_whatever_the_container_claims_and_the_last_packet_lasts(long[] pts, long lastDuration)
    {
        var timeline = SourceTimeline.FromTimestamps(Millisecond, pts, lastDuration, [new Rational(100, 7), new Rational(25)]);
        Assert.True(timeline.IsConstantRate);
        Assert.Equal(new Rational(25, 2), timeline.Rate);
        Assert.Equal(new Rational(8, 25), timeline.Duration);
    }

    [Theory]
    [InlineData(new[] { 7 }, 40, "25")]
    [InlineData(new[] { 7 }, 1000, "25")]
    [InlineData(new[] { 3, 7, 11, 12 }, 40, "21.774")]
    public void Few_dropped_frames_leave_the_rate_many_make_it_an_average(int[] dropped, long lastDuration, string rate)
    {
        var pts = Enumerable.Range(0, 31).Except(dropped).Select(i => 40L * i).ToArray();
        var timeline = SourceTimeline.FromTimestamps(Millisecond, pts, lastDuration, [new Rational(25)]);
        Assert.False(timeline.IsConstantRate);
        Assert.Equal(Parse(rate), timeline.Rate);
    }

    [Theory]
    [InlineData("25", "25")]
    [InlineData("", "25")]
    public void What_stands_between_motion_does_not_lower_the_rate(string claimed, string rate)
    {
        // A screen recorder: two seconds, a picture for 20 seconds, two seconds.
        var pts = Enumerable.Range(0, 50).Concat(Enumerable.Range(550, 50)).Select(i => 40L * i).ToArray();
        var timeline = SourceTimeline.FromTimestamps(Millisecond, pts, 40, claimed.Length == 0 ? [] : [new Rational(25)]);
        Assert.Equal(Parse(rate), timeline.Rate);
        Assert.Equal(new Rational(1), timeline.LongestMotion);
        Assert.False(timeline.IsConstantRate);
    }

    [Theory]
    [InlineData("29.98", "89910/2999", "30", "30")]
    [InlineData("29.98", "30000/1001", "90000", "30000/1001")]
    [InlineData("29.98", "0", "120", "29.98")]
    [InlineData("27", "27/2", "30", "27")]
    public void An_uneven_rate_is_the_common_one_nearby_that_the_container_claims(string average, string first, string second, string expected)
    {
        var rate = Parse(average);
        // A camera's clock: 3 ms early or late at random.
        var random = new Random(5);
        var pts = Enumerable.Range(0, 3000).Select(i => (i / (rate * Millisecond)).Round() + (i % 2999 == 0 ? 0 : random.Next(-3, 4))).ToArray();
        var timeline = SourceTimeline.FromTimestamps(Millisecond, pts, 33, [Parse(first), Parse(second)]);
        Assert.Null(timeline.GridRate);
        Assert.Equal(Parse(expected), timeline.Rate);
    }

    [Theory]
    [InlineData("23232323", "24000/1001", true)]
    [InlineData("32323232", "24000/1001", true)]
    [InlineData("32323232", "60000/1001", true)]
    [InlineData("23223233", "24000/1001", true)]
    [InlineData("22322333", "24000/1001", false)]
    [InlineData("23232244", "60000/1001", false)]
    public void Films_with_pulldown_have_the_even_rate_that_they_were_made_at(string fields, string claimed, bool isFilm)
    {
        var field = new Rational(1001, 60000);
        var (pts, at) = (new List<long> { 80 }, 0L);
        for (var i = 0; i < 40; i++)
        {
            at += fields[i % fields.Length] - '0';
            pts.Add(80 + (at * field / Millisecond).Round());
        }
        var film = new Rational(24000, 1001);
        var timeline = SourceTimeline.FromTimestamps(Millisecond, pts, 42, [Parse(claimed)]);
        Assert.Equal(isFilm, timeline.IsConstantRate && timeline.Rate == film);
        if (isFilm)
            Assert.Equal(Enumerable.Range(0, 41).Select(i => i / film), pts.Select(timeline.TimeOf));
    }

    [Theory]
    [InlineData("24", "30", 0)]
    [InlineData("24", "30", 3)]
    [InlineData("24000/1001", "30", 2)]
    [InlineData("24000/1001", "30000/1001", 1)]
    [InlineData("25", "30", 0)]
    [InlineData("20", "30", 1)]
    [InlineData("30000/1001", "40", 0)]
    [InlineData("24", "60", 0)]
    [InlineData("25", "60", 2)]
    [InlineData("12", "50", 0)]
    [InlineData("123/5", "30", 0)]
    public void Pictures_of_an_even_rate_on_a_faster_clock_have_that_rate_and_lie_at_most_half_a_place_beside_it(string rate, string clock, int from)
    {
        var (pictures, places) = (Parse(rate), Parse(clock));
        foreach (var timeBase in (Rational[])[Millisecond, new(1, 90000), 1 / (512 * places)])
        {
            // What begins at another picture begins elsewhere between two places.
            var pts = Enumerable.Range(from, 2000).Select(i => ((i / pictures * places).Floor() / places / timeBase).Round()).ToArray();
            var timeline = SourceTimeline.FromTimestamps(timeBase, pts, pts[^1] - pts[^2], [50 * pictures / 49, places]);
            Assert.True(timeline.IsConstantRate);
            Assert.Equal(pictures, timeline.Rate);
            Assert.Equal(2000 / pictures, timeline.Duration);
            Assert.Equal(Enumerable.Range(0, 2000).Select(i => i / pictures), pts.Select(timeline.TimeOf));
            var beside = pts.Select(p => timeline.TimeOf(p) - (p - pts[0]) * timeBase).ToList();
            Assert.True(beside.Max() - beside.Min() <= 1 / places + timeBase);
        }
    }

    [Fact]
    public void Pictures_on_a_faster_clock_have_their_rate_after_hours()
    {
        var film = new Rational(24000, 1001);
        var pts = Enumerable.Range(0, 500_000).Select(i => ((i / film * 30).Floor() / new Rational(30) / Millisecond).Round()).ToArray();
        Assert.Equal(film, SourceTimeline.FromTimestamps(Millisecond, pts, 33, [30]).Rate);
    }

    [Fact]
    public void Stills_that_are_left_out_do_not_hide_the_rate_of_pictures_on_a_faster_clock()
    {
        var film = new Rational(24000, 1001);
        var pts = Enumerable.Range(0, 3000).Where(i => i % 500 is < 60 or > 73 && i != 700).Select(i => ((i / film * 30).Floor() / new Rational(30) / Millisecond).Round()).ToArray();
        var timeline = SourceTimeline.FromTimestamps(Millisecond, pts, 33, [30]);
        Assert.Equal(film, timeline.Rate);
        Assert.False(timeline.IsConstantRate);
        Assert.Equal(Enumerable.Range(0, 3000).Where(i => i % 500 is < 60 or > 73 && i != 700).Select(i => i / film), pts.Select(timeline.TimeOf));
    }

    [Theory]
    [InlineData("a camera that missed frames", "1111111211111112111111111112111121111")]
    [InlineData("three frames missed evenly", "1111111112111111111211111111121111111")]
    [InlineData("pauses", "1111311113111131111311113")]
    [InlineData("a half of a lower rate that fits", "111112112121111131111211122111112211121111311193333633366333")]
    [InlineData("two films, one behind the other", "1112111211121112111211121211121112111211121112")]
    [InlineData("two rates", "1112111211121112111211111111111111111111111")]
    public void What_is_not_even_keeps_its_times(string what, string steps)
    {
        var pts = new List<long> { 0 };
        foreach (var step in steps)
            pts.Add(pts[^1] + 40 * (step - '0'));
        var timeline = SourceTimeline.FromTimestamps(Millisecond, pts, 40, [25]);
        Assert.True(timeline.GridRate == 25, what);
        Assert.Equal(pts.Select(p => p * Millisecond), pts.Select(timeline.TimeOf));
    }

    [Fact]
    public void Whatever_the_times_are_frames_stay_in_order_and_near_them()
    {
        var random = new Random(3);
        var evened = 0;
        for (var round = 0; round < 3000; round++)
        {
            // From nearly even to random.
            var (rate, noise) = (1 + 2 * random.NextDouble(), random.Next(3) * random.NextDouble());
            var places = Enumerable.Range(0, random.Next(2, 120)).Select(i => (long)Math.Floor(i * rate + noise * random.NextDouble())).Distinct().Order().ToList();
            var timeline = SourceTimeline.FromTimestamps(new Rational(1, 120), [.. places.Select(p => 4 * p)], 4, [new Rational(30)]);
            evened += timeline.Clock is null ? 0 : 1;
            var times = places.ConvertAll(p => timeline.TimeOf(4 * p));
            Assert.Equal(times.Distinct().Order(), times);
            Assert.Equal(Rational.Zero, times[0]);
            Assert.All(times.Zip(places), t => Assert.True(Rational.Abs(t.First + timeline.Phase - new Rational(t.Second - places[0], 30)) <= new Rational(1, 60)));
        }
        Assert.InRange(evened, 500, 2500);
    }

    [Fact]
    public void A_low_rate_is_motion_however_far_its_frames_are_apart()
    {
        var timeline = SourceTimeline.FromTimestamps(Millisecond, [0, 5000, 10_000, 15_000], 5000, [new Rational(1, 5)]);
        Assert.Equal(new Rational(50), timeline.LongestMotion);
        Assert.Equal(new Rational(1, 5), timeline.Rate);
    }

    [Fact]
    public void One_frame_lasts_as_long_as_its_packet_says() =>
        Assert.Equal(new Rational(1, 5), SourceTimeline.FromTimestamps(Millisecond, [70], 200, []).Duration);

    private static Rational Parse(string text)
    {
        Assert.True(Rational.TryParse(text, out var value), text);
        return value;
    }
}
