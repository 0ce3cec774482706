namespace Vfi.Worker.Jobs;

/// <summary>Reasons for which a job can never succeed as it was sent; the dead letter's reason.</summary>
internal static class RejectReason
{
    public const string InvalidMessage = nameof(InvalidMessage);
    public const string InvalidOption = nameof(InvalidOption);
    public const string NotAllowed = nameof(NotAllowed);
    public const string SourceMissing = nameof(SourceMissing);
    public const string SourceUnusable = nameof(SourceUnusable);
    public const string LimitExceeded = nameof(LimitExceeded);
    public const string OutputExists = nameof(OutputExists);
    public const string DuplicateId = nameof(DuplicateId);
    public const string TooManyAttempts = nameof(TooManyAttempts);
}

/// <summary>A job that can never succeed as it was sent.</summary>
/// <param name="reason">One of <see cref="RejectReason"/>.</param>
/// <param name="message">For the sender: names the key, the value and the way out.</param>
internal sealed class JobRejectedException(string reason, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Reason { get; } = reason;
}
