using System.Threading.Channels;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Interpolation;

/// <summary>Frames are given as places on a grid of 30, each with a picture of its own unless the place is followed by an r; pairs as the places of their first frames, and their times where those are others.</summary>
public sealed class SourcePairsTests
{
    [Theory]
    [InlineData("each picture once", "0 1 2 3 4 5 6 7 8 9 10 11 12", "0 1 2 3 4 5 6 7 8 9 10 11 12")]
    [InlineData("one repeat", "0 1 2 3 4 5r 6 7 8 9 10 11 12", "0 1 2 3 4 5 6 7 8 9 10 11 12")]
    [InlineData("each picture twice", "0 1r 2 3r 4 5r 6 7r 8 9r 10 11r 12", "0 2 4 6 8 10 12")]
    [InlineData("frames beside the grid", "0 1 2 2.4 3 3.4 4 5r 6 7r 8 9r 10 11r 12", "0 1 2 2.4 3 3.4 4 6 8 10 12")]
    [InlineData("20 in 30", "0 1r 2 3 4r 5 6 7r 8 9 10r 11 12 13r 14", "0 2@1.5 3 5@4.5 6 8@7.5 9 11@10.5 12 14@13.5")]
    [InlineData("20 in 30, left out", "0 2 3 5 6 8 9 11 12 14", "0 2@1.5 3 5@4.5 6 8@7.5 9 11@10.5 12 14@13.5")]
    public async Task Repeats_are_bridged_where_they_are_many(string what, string frames, string expected)
    {
        using var pool = new FramePool(PixelLayout.All["gray"], 64, 48);
        var views = InterpolatorSet.Views(new FrameFormat(pool.Layout, new ColourDescription(), pool.Width, pool.Height), new ViewShape(1, 8), threads: 1, lumaOnly: true);
        using var set = new InterpolatorSet([new BlendInterpolator(1)], ExecutionProvider.Cpu, views);
        var pairs = new SourcePairs(new RepeatFinder(f => set.Show(f), new PairClassifier(0, PairClassifier.DefaultStillThreshold), Repeats.Auto), around: 0, grid: 30, fields: null, _ => { });
        var input = Channel.CreateUnbounded<VideoFrame>();
        var random = new Random(1);
        var picture = new byte[64 * 48];
        foreach (var text in frames.Split(' '))
        {
            var frame = pool.Rent();
            if (!text.EndsWith('r'))
                random.NextBytes(picture);
            picture.CopyTo(frame.Bytes);
            Assert.True(Rational.TryParse(text.TrimEnd('r'), out var place));
            frame.Time = place / 30;
            await input.Writer.WriteAsync(frame);
        }
        input.Writer.Complete();
        var found = new List<string>();
        await foreach (var pair in pairs.ReadAsync(input.Reader, CancellationToken.None))
        {
            double place = (30 * pair.First.Frame.Time).Value, time = (30 * pair.FirstTime).Value;
            found.Add(FormattableString.Invariant($"{place:0.#}{(place == time ? "" : $"@{time:0.##}")}"));
            pair.Release();
        }
        Assert.Equal((what, expected), (what, string.Join(' ', found)));
    }
}
