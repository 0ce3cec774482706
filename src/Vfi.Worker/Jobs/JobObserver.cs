using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Vfi.Pipeline;
using Vfi.Pipeline.Chunks;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Jobs;

/// <summary>Follows a conversion: its progress for the status document, its chunks for the checkpoint.</summary>
internal sealed class JobObserver : IConversionObserver
{
    private readonly Channel<(string Folder, ChunkRecord Chunk)> _finished = Channel.CreateUnbounded<(string, ChunkRecord)>();
    private readonly TaskCompletionSource<ConversionPlan> _planned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ConversionPlan? _plan;
    private readonly Stopwatch _converting = new();
    private readonly ILogger _logger;
    private long _frames;

    /// <param name="checkpoint">Null: none is kept.</param>
    /// <param name="logger">For notes.</param>
    /// <param name="cancellationToken">Stops saving chunks.</param>
    public JobObserver(Checkpoint? checkpoint, ILogger logger, CancellationToken cancellationToken)
    {
        _logger = logger;
        Saving = checkpoint is null ? Task.CompletedTask : Task.Run(() => SaveAsync(checkpoint, cancellationToken), CancellationToken.None);
    }

    /// <summary>Ends after <see cref="EndOfChunks"/>, when all chunks are saved.</summary>
    public Task Saving { get; }

    public Task<ConversionPlan> Plan => _planned.Task;

    public string Stage { get; private set; } = "probing";

    /// <summary>Chunks that this attempt has added to the checkpoint.</summary>
    public int SavedChunks { get; private set; }

    public double Percent => _plan is { } plan ? Math.Round(100.0 * Volatile.Read(ref _frames) / plan.OutputFrames, 1) : 0;

    public double? FramesPerSecond => _plan is { } plan && _converting.Elapsed.TotalSeconds > 0.5
        ? Math.Round((Volatile.Read(ref _frames) - plan.FinishedFrames) / _converting.Elapsed.TotalSeconds, 2) : null;

    public void Planned(ConversionPlan plan)
    {
        Volatile.Write(ref _frames, plan.FinishedFrames);
        _converting.Start();
        _plan = plan;
        _planned.TrySetResult(plan);
        if (_logger.IsEnabled(LogLevel.Information))
        {
            _logger.LogInformation(
                "{Width}x{Height} {PixelFormat}, {SourceFps:0.###} to {OutputFps:0.###} fps, {Frames} frames in {Chunks} chunks ({FinishedChunks} finished), model {Model} on {Provider}, {Encoder}",
                plan.Width, plan.Height, plan.PixelFormat, plan.SourceFps.Value, plan.OutputFps.Value, plan.OutputFrames, plan.Chunks,
                plan.FinishedChunks, plan.Model, plan.Provider, plan.Encoder);
        }
    }

    public void Note(string text) => _logger.LogInformation("{Note}", text);

    public void Progress(long frames) => Volatile.Write(ref _frames, frames);

    public void Phase(string text) => Stage = text;

    public void ChunkFinished(string folder, ChunkRecord chunk) => _finished.Writer.TryWrite((folder, chunk));

    /// <summary>No chunk follows.</summary>
    public void EndOfChunks() => _finished.Writer.TryComplete();

    private async Task SaveAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        await foreach (var (folder, chunk) in _finished.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (cancellationToken.IsCancellationRequested)
                continue;
            try
            {
                await checkpoint.SaveAsync(folder, chunk, cancellationToken).ConfigureAwait(false);
                SavedChunks++;
            }
            catch (Exception e) when (e is StoreException or IOException)
            {
                _logger.LogWarning(e, "Chunk {Chunk} is not in the checkpoint; a retry elsewhere would make it again", chunk.File);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The attempt ends.
            }
        }
    }
}
