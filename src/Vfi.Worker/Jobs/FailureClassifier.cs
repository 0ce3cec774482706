using Vfi.Pipeline;
using Vfi.Pipeline.Media;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Jobs;

/// <summary>What is to become of a job after a failure.</summary>
/// <param name="IsPermanent">Dead-letter it; otherwise try it again later.</param>
/// <param name="Reason">One word.</param>
/// <param name="Description">For the sender or the operator.</param>
internal sealed record FailureVerdict(bool IsPermanent, string Reason, string Description);

/// <summary>The one place that decides what a failure means.</summary>
internal static class FailureClassifier
{
    /// <summary>What is understood needs no stack in the log.</summary>
    public static bool IsUnderstood(Exception exception) => exception is VfiException or StoreException or QueueException;

    public static FailureVerdict Classify(Exception exception) => exception switch
    {
        JobRejectedException e => new(true, e.Reason, e.Message),
        _ when DiskSpace.IsFull(exception) => new(false, "DiskFull", exception.Message),
        VfiException { Kind: FailureKind.BadInput } e => new(true, RejectReason.SourceUnusable, e.Message),
        VfiException { Kind: FailureKind.Environment } e => new(false, "Environment", e.Message),
        VfiException e => new(false, "ConversionFailed", e.Message),
        StoreException { Failure: StoreFailure.Archived } e => new(true, RejectReason.SourceUnusable, $"{e.Message}; rehydrate it to an online tier, and send the job again"),
        StoreException { Failure: StoreFailure.NotFound } e => new(false, "StoreItemMissing", e.Message),
        StoreException { Failure: StoreFailure.Conflict } e => new(false, "SourceChanged", e.Message),
        StoreException { Failure: StoreFailure.Denied } e => new(false, "StoreDenied", e.Message),
        StoreException e => new(false, "StoreUnavailable", e.Message),
        QueueException e => new(false, "QueueUnavailable", e.Message),
        _ => new(false, exception.GetType().Name.Replace("Exception", "", StringComparison.Ordinal), exception.Message),
    };
}
