using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Chunks;

/// <summary>A range of output frames that is encoded into one closed file.</summary>
/// <param name="Index">From 0.</param>
/// <param name="First">First output frame.</param>
/// <param name="Count">Number of frames, at least 1.</param>
public readonly record struct Chunk(int Index, long First, long Count)
{
    public long End => First + Count;
}

/// <summary>All chunks of a conversion, without gap or overlap.</summary>
public static class ChunkPlan
{
    /// <param name="timeline">The output.</param>
    /// <param name="chunkSeconds">Seconds a chunk; the last may be shorter.</param>
    public static IReadOnlyList<Chunk> Create(OutputTimeline timeline, Rational chunkSeconds)
    {
        var size = Math.Max(1, (chunkSeconds * timeline.Fps).Round());
        var chunks = new List<Chunk>();
        for (var first = 0L; first < timeline.FrameCount; first += size)
            chunks.Add(new Chunk(chunks.Count, first, Math.Min(size, timeline.FrameCount - first)));
        return chunks;
    }

    /// <summary>Runs of neighbouring chunks that are not done: each is decoded in one go.</summary>
    public static IEnumerable<IReadOnlyList<Chunk>> MissingRuns(IReadOnlyList<Chunk> chunks, Func<Chunk, bool> isDone)
    {
        var run = new List<Chunk>();
        foreach (var chunk in chunks)
        {
            if (!isDone(chunk))
            {
                run.Add(chunk);
            }
            else if (run.Count > 0)
            {
                yield return run;
                run = [];
            }
        }
        if (run.Count > 0)
            yield return run;
    }
}
