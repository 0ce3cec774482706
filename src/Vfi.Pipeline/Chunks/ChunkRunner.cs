using System.Threading.Channels;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Chunks;

/// <summary>Converts runs of missing chunks: decode, interpolate and encode at once, on bounded channels.</summary>
internal sealed class ChunkRunner(
    FrameReader reader, InterpolationStage stage, FrameWriter writer, FramePool pool, OutputTimeline timeline, ChunkStore store, string extension)
{
    /// <summary>Frames that wait between two stages: enough to smooth, few enough for 4K.</summary>
    private const int QueueLength = 3;

    /// <summary>Called after each chunk is durable.</summary>
    public Action<ChunkRecord>? ChunkFinished { get; init; }

    /// <summary>When it fires, the chunk at hand is finished and no other begun.</summary>
    public CancellationToken StopAfterChunk { get; init; }

    /// <param name="run">Neighbouring chunks.</param>
    /// <param name="onFrame">Called after each frame that the encoder took.</param>
    /// <param name="cancellationToken">Stops all stages; finished chunks stay.</param>
    public async Task RunAsync(IReadOnlyList<Chunk> run, Action onFrame, CancellationToken cancellationToken)
    {
        long first = run[0].First, end = run[^1].End;
        var decoded = Channel.CreateBounded<VideoFrame>(QueueLength);
        var made = Channel.CreateBounded<OutputFrame>(QueueLength);
        using var stages = new StageGroup(cancellationToken);
        stages.Start(async token =>
        {
            Rational? until = end >= timeline.FrameCount ? null : timeline.TimeOf(end - 1);
            await reader.RunAsync(timeline.TimeOf(first), until, decoded.Writer, token).ConfigureAwait(false);
            decoded.Writer.Complete();
        });
        stages.Start(async token =>
        {
            await stage.RunAsync(first, end, decoded.Reader, made.Writer, token).ConfigureAwait(false);
            made.Writer.Complete();
            // What the decoder gave beyond the last frame that was needed.
            await foreach (var frame in decoded.Reader.ReadAllAsync(token).ConfigureAwait(false))
                frame.Release();
        });
        stages.Start(token => EncodeAsync(run, made.Reader, onFrame, token));
        await stages.WhenAllAsync().ConfigureAwait(false);
    }

    private async Task EncodeAsync(
        IReadOnlyList<Chunk> run, ChannelReader<OutputFrame> input, Action onFrame, CancellationToken cancellationToken)
    {
        // An encoder holds dozens of frames back. The next chunk's starts while the last one's drains.
        var draining = Task.CompletedTask;
        foreach (var chunk in run)
        {
            if (StopAfterChunk.IsCancellationRequested)
                break;
            var frames = Channel.CreateBounded<VideoFrame>(1);
            var counts = new FrameCounts();
            var encoding = writer.RunAsync(
                store.PartialPath(chunk, extension), pool.Layout, pool.Width, pool.Height, frames.Reader, onFrame, cancellationToken);
            for (var k = chunk.First; k < chunk.End; k++)
            {
                var item = await NextAsync(input, encoding, cancellationToken).ConfigureAwait(false);
                if (item.Index != k)
                    throw new InvalidOperationException($"frame {item.Index} came where {k} was due");
                counts += item.Origin;
                var writing = frames.Writer.WriteAsync(item.Frame, cancellationToken).AsTask();
                // An encoder that dies takes nothing more; its own error must surface.
                if (await Task.WhenAny(writing, encoding).ConfigureAwait(false) == encoding)
                    await encoding.ConfigureAwait(false);
                await writing.ConfigureAwait(false);
            }
            frames.Writer.Complete();
            await draining.ConfigureAwait(false);
            draining = FinishAsync(chunk, encoding, counts, cancellationToken);
        }
        await draining.ConfigureAwait(false);
        StopAfterChunk.ThrowIfCancellationRequested();
    }

    private static async Task<OutputFrame> NextAsync(ChannelReader<OutputFrame> input, Task encoding, CancellationToken cancellationToken)
    {
        var next = input.ReadAsync(cancellationToken).AsTask();
        if (await Task.WhenAny(next, encoding).ConfigureAwait(false) == encoding && !next.IsCompleted)
            await encoding.ConfigureAwait(false);
        try
        {
            return await next.ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw VfiException.Failed("the source ended before its last frame was due", e);
        }
    }

    private async Task FinishAsync(Chunk chunk, Task encoding, FrameCounts counts, CancellationToken cancellationToken)
    {
        await encoding.ConfigureAwait(false);
        await OutputVerifier.VerifyChunkAsync(store.PartialPath(chunk, extension), chunk.Count, timeline.Fps, cancellationToken).ConfigureAwait(false);
        var record = await store.FinishAsync(chunk, extension, counts, cancellationToken).ConfigureAwait(false);
        ChunkFinished?.Invoke(record);
    }
}
