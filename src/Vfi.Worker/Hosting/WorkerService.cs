using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly.CircuitBreaker;
using Vfi.Pipeline.Inference;
using Vfi.Worker.Jobs;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Hosting;

/// <summary>Receives messages and processes them, some at a time, until the host stops or the mode says so.</summary>
internal sealed class WorkerService(
    IJobQueue queue, IVideoStore store, JobProcessor processor, RunMode mode, IOptions<WorkerOptions> options, IOptions<StoreOptions> stores,
    IHostApplicationLifetime lifetime, IModelHealth models, TimeProvider time, ILogger<WorkerService> logger) : BackgroundService
{
    private static readonly TimeSpan NotReadyPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource _stopNow = new();
    private readonly SemaphoreSlim _receiving = new(1);
    private long _lastWork;
    private int _busy;
    private int _saidUnfit;

    private WorkerOptions Options => options.Value;

    public override void Dispose()
    {
        _stopNow.Dispose();
        _receiving.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Let the host finish its start first.
        await Task.Yield();
        logger.LogInformation("Working on {Queue} with videos in {Store}, {Jobs} jobs at a time", queue.Description, store.Description, Options.ParallelJobs);
        await PrepareAsync(stoppingToken).ConfigureAwait(false);
        _lastWork = time.GetTimestamp();
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var sweeping = SweepAsync(idle.Token);
        var slots = Enumerable.Range(0, mode.Once ? 1 : Options.ParallelJobs).Select(_ => Task.Run(() => WorkAsync(stoppingToken), CancellationToken.None));
        // Whoever drains the queue has no chunks at hand when it ends.
        using (stoppingToken.Register(GiveGrace))
            await Task.WhenAll(slots).ConfigureAwait(false);
        await idle.CancelAsync().ConfigureAwait(false);
        await sweeping.ConfigureAwait(false);
        lifetime.StopApplication();
    }

    private void GiveGrace()
    {
        logger.LogInformation("Stopping: the chunks at hand are finished and saved within {Seconds} s", Options.GraceSeconds);
        _stopNow.CancelAfter(TimeSpan.FromSeconds(Options.GraceSeconds));
    }

    /// <summary>No job is taken before the store answers and results can be told: attempts that cannot succeed would use up retries.</summary>
    private async Task PrepareAsync(CancellationToken stoppingToken)
    {
        foreach (var container in stores.Value.Outputs.Append(stores.Value.StateContainer))
        {
            await UntilReadyAsync("store", async () =>
            {
                if (await store.TryEnsureContainerAsync(container, stoppingToken).ConfigureAwait(false) is { } reason)
                    logger.LogWarning("Container {Container} cannot be created; it must exist: {Reason}", container, reason);
            }, stoppingToken).ConfigureAwait(false);
        }
        await UntilReadyAsync("queue", () => queue.CheckAsync(stoppingToken), stoppingToken).ConfigureAwait(false);
    }

    private async Task UntilReadyAsync(string what, Func<Task> look, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await look().ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is StoreException or QueueException)
            {
                logger.LogWarning("The {What} is not ready: {Reason}", what, e.Message);
                await PauseAsync(NotReadyPause, stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        var resilience = Resilience.QueueReceive(logger);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (models.Problem is { } problem)
            {
                // Attempts that cannot succeed would use up retries: the jobs wait for another worker, or for this one's restart.
                if (Interlocked.Exchange(ref _saidUnfit, 1) == 0)
                    logger.LogError("No more jobs are taken: {Reason}", problem);
                if (mode.Once || mode.Drain)
                    return;
                await PauseAsync(TimeSpan.FromSeconds(1), stoppingToken).ConfigureAwait(false);
                continue;
            }
            // Told before: a message that comes back just as the receive ends is not received, and no longer delayed afterwards.
            var delayed = mode.Drain ? queue.Delayed : 0;
            IJobDelivery? delivery;
            try
            {
                delivery = await resilience.ExecuteAsync(async token => await ReceiveAsync(token).ConfigureAwait(false), stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (BrokenCircuitException e)
            {
                await PauseAsync(e.RetryAfter ?? TimeSpan.FromSeconds(1), stoppingToken).ConfigureAwait(false);
                continue;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                logger.LogWarning("Receiving failed: {Reason}", e.Message);
                await PauseAsync(TimeSpan.FromSeconds(1), stoppingToken).ConfigureAwait(false);
                continue;
            }
            if (delivery is null)
            {
                if (mode.Drain && IsDrained(delayed))
                    return;
                continue;
            }
            await ProcessAsync(delivery, stoppingToken).ConfigureAwait(false);
            if (mode.Once)
                return;
        }
    }

    private async Task<IJobDelivery?> ReceiveAsync(CancellationToken cancellationToken)
    {
        // One receive at a time: a queue's prefetched message would wait under a lock that nobody renews.
        await _receiving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var wait = mode.Drain ? TimeSpan.FromSeconds(Math.Min(1, Options.DrainSeconds)) : LongestWait;
            var delivery = await queue.ReceiveAsync(wait, cancellationToken).ConfigureAwait(false);
            if (delivery is not null)
                Interlocked.Increment(ref _busy);
            return delivery;
        }
        finally
        {
            _receiving.Release();
        }
    }

    private async Task ProcessAsync(IJobDelivery delivery, CancellationToken stoppingToken)
    {
        try
        {
            await using (delivery.ConfigureAwait(false))
                await processor.ProcessAsync(delivery, stoppingToken, _stopNow.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // An error of the worker's own. One message must not end the work on all others; it comes back when its lock ends.
            logger.LogError(e, "Message {MessageId} could not be processed: {Reason}", delivery.MessageId, e.Message);
        }
        finally
        {
            Volatile.Write(ref _lastWork, time.GetTimestamp());
            Interlocked.Decrement(ref _busy);
        }
    }

    private bool IsDrained(int delayed)
    {
        if (delayed > 0 || Volatile.Read(ref _busy) > 0 || queue.Delayed > 0)
            Volatile.Write(ref _lastWork, time.GetTimestamp());
        return time.GetElapsedTime(Volatile.Read(ref _lastWork)).TotalSeconds >= Options.DrainSeconds;
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var before = time.GetUtcNow() - TimeSpan.FromDays(Options.CheckpointDays);
                foreach (var job in await Checkpoint.SweepAsync(store, stores.Value.StateContainer, before, cancellationToken).ConfigureAwait(false))
                    logger.LogInformation("Removed the checkpoint of job {JobId}: untouched for {Days} days", job, Options.CheckpointDays);
            }
            catch (StoreException e)
            {
                logger.LogDebug("Checkpoints not swept: {Reason}", e.Message);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            await PauseAsync(TimeSpan.FromMinutes(Options.SweepMinutes), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PauseAsync(TimeSpan duration, CancellationToken cancellationToken) =>
        await Task.Delay(duration, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
