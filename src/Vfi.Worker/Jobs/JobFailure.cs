using Microsoft.Extensions.Logging;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Jobs;

/// <summary>What becomes of a message whose attempt failed: tried again later, or a dead letter with its reason.</summary>
internal sealed class JobFailure(IJobDelivery delivery, JobServices services)
{
    /// <param name="id">Null: the message is no job.</param>
    /// <param name="request">Null: the message is no job.</param>
    /// <param name="claim">Null: the job was not claimed yet.</param>
    /// <param name="exception">What happened.</param>
    /// <param name="cancellationToken">The time for settling is over.</param>
    /// <returns>Outcome and reason, for telemetry.</returns>
    public async Task<(string Outcome, string? Reason)> SettleAsync(string? id, JobRequest? request, JobClaim? claim, Exception exception, CancellationToken cancellationToken)
    {
        var verdict = FailureClassifier.Classify(exception);
        if (verdict.IsPermanent)
            await BuryAsync(id, request, claim, verdict, cancellationToken).ConfigureAwait(false);
        else
            await RetryAsync(id, claim, verdict, exception, cancellationToken).ConfigureAwait(false);
        return (verdict.IsPermanent ? "failed" : "retried", verdict.Reason);
    }

    private async Task RetryAsync(string? id, JobClaim? claim, FailureVerdict verdict, Exception exception, CancellationToken cancellationToken)
    {
        var delay = services.Worker.RetryDelay(claim?.Status.AttemptsWithoutProgress ?? delivery.DeliveryCount);
        services.Logger.LogWarning(
            FailureClassifier.IsUnderstood(exception) ? null : exception, "Job {JobId} failed ({Reason}), again in {Seconds:0} s: {Description}",
            id ?? delivery.MessageId, verdict.Reason, delay.TotalSeconds, verdict.Description);
        if (claim is not null)
            await claim.TryWriteAsync(s => s with { State = "waiting", Stage = null, Reason = verdict.Reason, Error = verdict.Description }, services.Logger, cancellationToken).ConfigureAwait(false);
        await delivery.AbandonAsync(delay, cancellationToken).ConfigureAwait(false);
    }

    private async Task BuryAsync(string? id, JobRequest? request, JobClaim? claim, FailureVerdict verdict, CancellationToken cancellationToken)
    {
        var finished = services.Time.GetUtcNow();
        services.Logger.LogError("Job {JobId} is rejected ({Reason}): {Description}", id ?? delivery.MessageId, verdict.Reason, verdict.Description);
        if (claim is not null)
        {
            await claim.TryWriteAsync(
                s => s with { State = "failed", Stage = null, Finished = finished, Reason = verdict.Reason, Error = verdict.Description }, services.Logger, cancellationToken).ConfigureAwait(false);
            // What was in the way of these attempts may be mended, and the job be sent again: it goes on from its chunks.
            if (verdict.Reason != RejectReason.TooManyAttempts)
                await new Checkpoint(services.Store, services.Stores.StateContainer, claim.Status.Id).DeleteAsync(cancellationToken).ConfigureAwait(false);
        }
        if (id is not null && verdict.Reason != RejectReason.DuplicateId)
        {
            if (claim is null)
                await RecordAsync(id, request!, verdict, finished, cancellationToken).ConfigureAwait(false);
            await JobRun.PublishAsync(new JobResult
            {
                Id = id,
                State = "failed",
                Video = request!.Video,
                Attempts = claim?.Status.Attempts ?? delivery.DeliveryCount,
                Reason = verdict.Reason,
                Error = verdict.Description,
                Finished = finished,
            }, delivery.MessageId, services.Queue, cancellationToken).ConfigureAwait(false);
        }
        await delivery.DeadLetterAsync(verdict.Reason, verdict.Description, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A status document for a job that was refused before anyone had claimed it, unless its id has another already.</summary>
    private async Task RecordAsync(string id, JobRequest request, FailureVerdict verdict, DateTimeOffset finished, CancellationToken cancellationToken)
    {
        var fingerprint = request.Fingerprint();
        try
        {
            using var record = await JobClaim.TakeAsync(services.Store, services.Stores.StateContainer, id, existing =>
                existing is not null && (existing.State != "failed" || existing.Fingerprint != fingerprint) ? null : new JobStatus
                {
                    Id = id,
                    State = "failed",
                    Request = request,
                    Fingerprint = fingerprint,
                    Owner = Guid.NewGuid().ToString("N"),
                    Attempts = (existing?.Attempts ?? 0) + 1,
                    Enqueued = delivery.Enqueued,
                    Started = finished,
                    Finished = finished,
                    Reason = verdict.Reason,
                    Error = verdict.Description,
                }, services.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreException or ClaimLostException)
        {
            services.Logger.LogWarning("Status of job {JobId} not written: {Reason}", id, e.Message);
        }
    }
}
