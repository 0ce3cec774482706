using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Interpolation;

public sealed class CurveTests
{
    [Theory]
    [InlineData("all moves", PairKind.Motion, PairKind.Motion, "both")]
    [InlineData("the scene began with the first frame", PairKind.Cut, PairKind.Motion, "after")]
    [InlineData("the scene ends with the second frame", PairKind.Motion, PairKind.Cut, "before")]
    [InlineData("the scene has two frames", PairKind.Cut, PairKind.Cut, "none")]
    [InlineData("the first frame repeats the one before", PairKind.Still, PairKind.Motion, "after")]
    [InlineData("the second frame is repeated", PairKind.Motion, PairKind.Still, "before")]
    [InlineData("the video begins with the first frame", null, PairKind.Motion, "after")]
    [InlineData("the video ends with the second frame", PairKind.Motion, null, "before")]
    [InlineData("the video has two frames", null, null, "none")]
    public void What_moves_around_a_pair_bends_its_motion(string what, PairKind? before, PairKind? after, string by)
    {
        using var frames = new Frames();
        SourcePair? first = before is null ? null : frames.Pair(0, 1, before), second = after is null ? null : frames.Pair(2, 3, after);
        Assert.Equal((what, by), (what, By(Curve.Of(first, frames.Pair(1, 2, PairKind.Motion), second))));
    }

    [Theory]
    [InlineData(1, 1, "both")]
    [InlineData(0.5, 2, "both")]
    [InlineData(0.4, 1.5, "after")]
    [InlineData(1.5, 2.5, "before")]
    [InlineData(0.4, 2.5, "none")]
    public void What_is_much_nearer_or_further_in_time_does_not_count(double lengthBefore, double lengthAfter, string by)
    {
        using var frames = new Frames();
        var curve = Curve.Of(
            frames.Pair(10 - lengthBefore, 10, PairKind.Motion), frames.Pair(10, 11, PairKind.Motion), frames.Pair(11, 11 + lengthAfter, PairKind.Motion));
        Assert.Equal(by, By(curve));
        // What is not known is taken to be as long as the pair.
        Assert.Equal(curve?.Before is null ? 1 : (float)lengthBefore, curve?.LengthBefore ?? 1);
        Assert.Equal(curve?.After is null ? 1 : (float)lengthAfter, curve?.LengthAfter ?? 1);
    }

    private static string By(Curve? curve) => (curve?.Before, curve?.After) switch
    {
        (null, null) => "none",
        (null, _) => "after",
        (_, null) => "before",
        _ => "both",
    };

    private sealed class Frames : IDisposable
    {
        private readonly FramePool _pool = new(PixelLayout.All["gray"], 16, 16);
        private readonly List<SourcePair> _pairs = [];

        public SourcePair Pair(double from, double to, PairKind? kind)
        {
            SourceFrame first = Show(from), second = Show(to);
            var pair = new SourcePair(first, second) { Kind = kind };
            first.Release();
            second.Release();
            _pairs.Add(pair);
            return pair;
        }

        public void Dispose()
        {
            _pairs.ForEach(p => p.Release());
            _pool.Dispose();
        }

        private SourceFrame Show(double time)
        {
            var frame = _pool.Rent();
            frame.Time = new Rational((long)Math.Round(time * 10), 10);
            return new SourceFrame(frame, null, null);
        }
    }
}
