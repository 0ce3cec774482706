using Vfi.Pipeline;
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
    private const int DiskFull = 28;
    private const int QuotaReached = 122;

    public static FailureVerdict Classify(Exception exception) => exception switch
    {
        JobRejectedException e => new(true, e.Reason, e.Message),
        VfiException { Kind: FailureKind.BadInput } e => new(true, RejectReason.SourceUnusable, e.Message),
        VfiException { Kind: FailureKind.Environment } e => new(false, "Environment", e.Message),
        VfiException e when IsDiskFull(e) || e.Message.Contains("No space left", StringComparison.Ordinal) => new(false, "DiskFull", e.Message),
        VfiException e => new(false, "ConversionFailed", e.Message),
        StoreException { Failure: StoreFailure.NotFound } e => new(false, "StoreItemMissing", e.Message),
        StoreException { Failure: StoreFailure.Conflict } e => new(false, "SourceChanged", e.Message),
        StoreException { Failure: StoreFailure.Denied } e => new(false, "StoreDenied", e.Message),
        StoreException e when IsDiskFull(e) => new(false, "DiskFull", e.Message),
        StoreException e => new(false, "StoreUnavailable", e.Message),
        IOException e when IsDiskFull(e) => new(false, "DiskFull", e.Message),
        _ => new(false, exception.GetType().Name.Replace("Exception", "", StringComparison.Ordinal), exception.Message),
    };

    private static bool IsDiskFull(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is IOException && (e.HResult & 0xFFFF) is (DiskFull or QuotaReached))
                return true;
        }
        return false;
    }
}
