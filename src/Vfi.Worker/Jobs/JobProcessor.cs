using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Vfi.Worker.Hosting;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Jobs;

/// <summary>Takes one message to its one outcome: completed, retried later or dead-lettered.</summary>
internal sealed class JobProcessor(JobServices services)
{
    /// <summary>A status this young belongs to an attempt that lives; older ones are taken over.</summary>
    private const double AliveStatusPeriods = 3;
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(60);

    /// <param name="delivery">Settled here, unless its lock is lost. Disposed by the caller.</param>
    /// <param name="stopAfterChunk">The worker shuts down: finish the chunk at hand, then give the message back.</param>
    /// <param name="stopNow">The time for that is over.</param>
    public async Task ProcessAsync(IJobDelivery delivery, CancellationToken stopAfterChunk, CancellationToken stopNow)
    {
        using var activity = StartActivity(delivery);
        using var scope = services.Logger.BeginScope("message {MessageId}", delivery.MessageId);
        WorkerTelemetry.QueueWait.Record(Math.Max(0, (services.Time.GetUtcNow() - delivery.Enqueued).TotalSeconds));
        var started = Stopwatch.GetTimestamp();
        var (outcome, reason) = ("unsettled", default(string));
        try
        {
            (outcome, reason) = await RunAsync(delivery, stopAfterChunk, stopNow).ConfigureAwait(false);
        }
        catch (LockLostException e)
        {
            outcome = "lock_lost";
            services.Logger.LogWarning("Message {MessageId} belongs to another worker now: {Reason}", delivery.MessageId, e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Neither a result nor a settlement: the message comes back when its lock ends, to this or another worker.
            services.Logger.LogError(FailureClassifier.IsUnderstood(e) ? null : e, "Message {MessageId} could not be settled: {Reason}", delivery.MessageId, e.Message);
        }
        WorkerTelemetry.Jobs.Add(1, new("outcome", outcome), new("reason", reason ?? ""), new("provider", services.Jobs.Provider));
        activity?.SetTag("vfi.outcome", outcome);
        activity?.SetStatus(outcome is "completed" or "repeated" or "cancelled" ? ActivityStatusCode.Ok : ActivityStatusCode.Error, reason);
        services.Logger.LogInformation(
            "Job {JobId} ended as {Outcome} after {Seconds:0.0} s", JobMessage.ParseOrNot(delivery.Body, delivery.MessageId).Id, outcome, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private static Activity? StartActivity(IJobDelivery delivery)
    {
        // A trace of its own, linked to the sender's: whether it is recorded is the worker's decision.
        ActivityLink[] links = ActivityContext.TryParse(delivery.TraceParent, null, isRemote: true, out var sender) ? [new ActivityLink(sender)] : [];
        var activity = WorkerTelemetry.Source.StartActivity("job", ActivityKind.Consumer, default(ActivityContext), links: links);
        activity?.SetTag("messaging.message.id", delivery.MessageId);
        activity?.SetTag("messaging.delivery_count", delivery.DeliveryCount);
        return activity;
    }

    private async Task<(string Outcome, string? Reason)> RunAsync(IJobDelivery delivery, CancellationToken stopAfterChunk, CancellationToken stopNow)
    {
        string? id = null;
        JobRequest? request = null;
        JobClaim? claim = null;
        string outcome;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(delivery.LockLost, stopNow);
        try
        {
            (id, request) = JobMessage.Parse(delivery.Body, delivery.MessageId);
            using var scope = services.Logger.BeginScope("job {JobId}", id);
            var job = Job.Validate(id, request, services.Store, services.Stores, services.Jobs);
            services.Logger.LogInformation("Job {JobId} starts, delivery {Delivery}: {Source}", id, delivery.DeliveryCount, job.Source);
            var existing = default(JobStatus);
            claim = await JobClaim.TakeAsync(
                services.Store, services.Stores.StateContainer, id, s => Next(existing = s, job, delivery), services.Time, stop.Token).ConfigureAwait(false);
            if (claim?.Status.AttemptsWithoutProgress > services.Worker.MaxAttempts)
            {
                throw new JobRejectedException(RejectReason.TooManyAttempts,
                    $"{services.Worker.MaxAttempts} attempts in a row (Worker:MaxAttempts) brought no new chunk; the last error: {claim.Status.Error ?? "the worker died"}");
            }
            if (claim is null)
            {
                outcome = await NothingToDoAsync(existing!, delivery, request, stop.Token).ConfigureAwait(false);
            }
            else
            {
                await new JobRun(job, claim, delivery.MessageId, services).RunAsync(stopAfterChunk, stop.Token).ConfigureAwait(false);
                outcome = "completed";
            }
        }
        catch (OperationCanceledException) when (delivery.LockLost.IsCancellationRequested)
        {
            await TidyAsync(id).ConfigureAwait(false);
            return ("lock_lost", null);
        }
        catch (OperationCanceledException) when (stopAfterChunk.IsCancellationRequested)
        {
            await StoppedAsync(delivery, claim).ConfigureAwait(false);
            return ("stopped", null);
        }
        catch (ClaimLostException e)
        {
            services.Logger.LogWarning("{Reason}", e.Message);
            if (await TidyAsync(id).ConfigureAwait(false) is not { State: "cancelled" } cancelled)
            {
                // Two messages for one job: the other is at work. This one finds its result later.
                await delivery.AbandonAsync(services.Worker.RetryDelay(delivery.DeliveryCount), stop.Token).ConfigureAwait(false);
                return ("lock_lost", null);
            }
            outcome = await NothingToDoAsync(cancelled, delivery, request!, stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (LockLostException or OperationCanceledException))
        {
            using var settling = SettleLimit(delivery);
            return await new JobFailure(delivery, services).SettleAsync(id, request, claim, e, settling.Token).ConfigureAwait(false);
        }
        finally
        {
            claim?.Dispose();
        }
        // Out of the reach of the handlers above: a settlement that fails takes nothing back from a job that is done.
        using var limit = SettleLimit(delivery);
        if (outcome == "busy")
        {
            // Longer each time: the other attempt may take hours, and the queue allows so many deliveries and no more.
            var wait = services.Worker.RetryDelay(delivery.DeliveryCount);
            wait = wait > AlivePeriod ? wait : AlivePeriod;
            services.Logger.LogInformation("Job {JobId} is at work elsewhere; looking again in {Seconds:0} s", id, wait.TotalSeconds);
            await delivery.AbandonAsync(wait, limit.Token).ConfigureAwait(false);
        }
        else
        {
            await delivery.CompleteAsync(limit.Token).ConfigureAwait(false);
        }
        return (outcome, null);
    }

    /// <summary>A worker that lost its job may save a chunk although the job was finished or cancelled meanwhile: nothing needs it.</summary>
    /// <returns>The job's status, if it can be read.</returns>
    private async Task<JobStatus?> TidyAsync(string? id)
    {
        using var limit = new CancellationTokenSource(SettleTime);
        try
        {
            var document = id is null ? null : await services.Store.ReadAsync(JobClaim.PathOf(services.Stores.StateContainer, id), limit.Token).ConfigureAwait(false);
            var status = document is null ? null : JobClaim.Parse(document.Text);
            if (status?.IsOver == true)
                await new Checkpoint(services.Store, services.Stores.StateContainer, id!).DeleteAsync(limit.Token).ConfigureAwait(false);
            return status;
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
            services.Logger.LogDebug("The checkpoint of job {JobId} is left to the sweep: {Reason}", id, e.Message);
            return null;
        }
    }

    private static CancellationTokenSource SettleLimit(IJobDelivery delivery)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(delivery.LockLost);
        limit.CancelAfter(SettleTime);
        return limit;
    }

    /// <summary>The status with which to take the job over; null when it is finished or at work elsewhere.</summary>
    private JobStatus? Next(JobStatus? existing, Job job, IJobDelivery delivery)
    {
        if (existing?.Fingerprint is { } fingerprint && fingerprint != job.Fingerprint)
        {
            throw new JobRejectedException(RejectReason.DuplicateId,
                $"id {job.Id}: was another job's ({existing.Request?.Video}, {existing.State}); give each job its own id");
        }
        if (existing is not null && (existing.IsOver || IsAlive(existing)))
            return null;
        var again = existing is { State: not "failed" };
        return new JobStatus
        {
            Id = job.Id,
            State = "running",
            Stage = "claimed",
            Request = job.Request,
            Fingerprint = job.Fingerprint,
            Owner = Guid.NewGuid().ToString("N"),
            Output = job.GivenOutput?.ToString(),
            Percent = again ? existing!.Percent : 0,
            Attempts = (existing?.Attempts ?? 0) + 1,
            AttemptsWithoutProgress = (again ? existing!.AttemptsWithoutProgress : 0) + 1,
            Enqueued = delivery.Enqueued,
            Started = services.Time.GetUtcNow(),
            Error = again ? existing!.Error : null,
        };
    }

    private bool IsAlive(JobStatus status) => status.State == "running" && services.Time.GetUtcNow() - status.Updated < AlivePeriod;

    private TimeSpan AlivePeriod => TimeSpan.FromSeconds(Math.Max(2, AliveStatusPeriods * services.Worker.StatusSeconds));

    /// <summary>What becomes of a message whose job is over or at work elsewhere.</summary>
    private async Task<string> NothingToDoAsync(JobStatus existing, IJobDelivery delivery, JobRequest request, CancellationToken cancellationToken)
    {
        if (!existing.IsOver)
            return "busy";
        await new Checkpoint(services.Store, services.Stores.StateContainer, existing.Id).DeleteAsync(cancellationToken).ConfigureAwait(false);
        if (existing.State != "cancelled")
            return "repeated";
        await JobRun.PublishAsync(
            new JobResult { Id = existing.Id, State = existing.State, Video = request.Video, Attempts = existing.Attempts, Finished = existing.Finished ?? existing.Updated },
            delivery.MessageId, services.Queue, cancellationToken).ConfigureAwait(false);
        return existing.State;
    }

    private async Task StoppedAsync(IJobDelivery delivery, JobClaim? claim)
    {
        using var limit = SettleLimit(delivery);
        if (claim is not null)
            await claim.TryWriteAsync(s => s with { State = "waiting", Stage = null, AttemptsWithoutProgress = Math.Max(0, s.AttemptsWithoutProgress - 1), Error = "the worker was shut down" }, services.Logger, limit.Token).ConfigureAwait(false);
        await delivery.AbandonAsync(TimeSpan.Zero, limit.Token).ConfigureAwait(false);
    }
}
