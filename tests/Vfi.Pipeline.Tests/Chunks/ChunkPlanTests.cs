using Vfi.Pipeline.Chunks;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Chunks;

public sealed class ChunkPlanTests
{
    [Theory]
    [InlineData(1, "10")]
    [InlineData(600, "10")]
    [InlineData(601, "10")]
    [InlineData(7, "1/100")]
    public void Chunks_cover_all_frames_without_gap_or_overlap(long frames, string seconds)
    {
        Assert.True(Rational.TryParse(seconds, out var length));
        var chunks = ChunkPlan.Create(new OutputTimeline(60, frames, 0), length);
        long next = 0;
        foreach (var chunk in chunks)
        {
            Assert.Equal(next, chunk.First);
            Assert.True(chunk.Count > 0);
            next = chunk.End;
        }
        Assert.Equal(frames, next);
    }

    [Fact]
    public void Missing_chunks_that_touch_are_one_run()
    {
        var chunks = ChunkPlan.Create(new OutputTimeline(10, 100, 0), 1);
        var runs = ChunkPlan.MissingRuns(chunks, c => c.Index is 0 or 3 or 4).Select(r => string.Join(' ', r.Select(c => c.Index))).ToList();
        Assert.Equal(["1 2", "5 6 7 8 9"], runs);
    }
}
