using Vfi.Pipeline;
using Vfi.Worker.Jobs;
using Vfi.Worker.Storage;

namespace Vfi.Tests.Jobs;

public sealed class FailureClassifierTests
{
    [Fact]
    public void Each_failure_has_one_verdict()
    {
        var full = new IOException("No space left on device", 28);
        (Exception Failure, bool IsPermanent, string Reason)[] expected =
        [
            (new JobRejectedException(RejectReason.LimitExceeded, "x"), true, "LimitExceeded"),
            (VfiException.BadInput("x"), true, "SourceUnusable"),
            (VfiException.Failed("x"), false, "ConversionFailed"),
            (VfiException.DiskFull("x"), false, "DiskFull"),
            (VfiException.BadInput("x", full), false, "DiskFull"),
            (VfiException.Failed("x", full), false, "DiskFull"),
            (VfiException.Environment("x"), false, "Environment"),
            (new StoreException(StoreFailure.NotFound, "x"), false, "StoreItemMissing"),
            (new StoreException(StoreFailure.Conflict, "x"), false, "SourceChanged"),
            (new StoreException(StoreFailure.Denied, "x"), false, "StoreDenied"),
            (new StoreException(StoreFailure.Unavailable, "x"), false, "StoreUnavailable"),
            (new StoreException(StoreFailure.Unavailable, "x", full), false, "DiskFull"),
            (full, false, "DiskFull"),
            (new InvalidOperationException("x"), false, "InvalidOperation"),
        ];
        foreach (var (failure, isPermanent, reason) in expected)
        {
            var verdict = FailureClassifier.Classify(failure);
            Assert.Equal((failure, isPermanent, reason), (failure, verdict.IsPermanent, verdict.Reason));
        }
    }
}
