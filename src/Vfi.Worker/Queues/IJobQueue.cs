namespace Vfi.Worker.Queues;

/// <summary>A message to send.</summary>
/// <param name="Id">Its message id.</param>
/// <param name="Body">UTF-8 JSON.</param>
/// <param name="TraceParent">W3C trace context of the sender; null: none.</param>
internal sealed record OutgoingMessage(string Id, string Body, string? TraceParent)
{
    /// <summary>What subscriptions of a topic can filter by, where the queue has such.</summary>
    public string? Subject { get; init; }

    /// <summary>The message that this one answers, where the queue has such.</summary>
    public string? CorrelationId { get; init; }
}

/// <summary>A message that this worker holds under a lock.</summary>
internal interface IJobDelivery : IAsyncDisposable
{
    /// <summary>Never empty, and the same each time that the message is delivered.</summary>
    string MessageId { get; }

    ReadOnlyMemory<byte> Body { get; }

    /// <summary>Deliveries so far, this one included.</summary>
    int DeliveryCount { get; }

    DateTimeOffset Enqueued { get; }

    string? TraceParent { get; }

    /// <summary>Fires when the lock was lost: another worker may have the message.</summary>
    CancellationToken LockLost { get; }

    Task CompleteAsync(CancellationToken cancellationToken);

    /// <summary>Makes the message available again after a delay. Returns at once.</summary>
    Task AbandonAsync(TimeSpan delay, CancellationToken cancellationToken);

    Task DeadLetterAsync(string reason, string description, CancellationToken cancellationToken);
}

/// <summary>A message that was put aside.</summary>
/// <param name="MessageId">Its message id.</param>
/// <param name="Body">What was sent.</param>
/// <param name="Deliveries">How often it was delivered before.</param>
/// <param name="Enqueued">When it came here.</param>
/// <param name="Reason">Of the worker (<see cref="Jobs.RejectReason"/>) or of the queue itself.</param>
/// <param name="Description">What was wrong.</param>
internal sealed record DeadLetter(string MessageId, ReadOnlyMemory<byte> Body, int Deliveries, DateTimeOffset Enqueued, string? Reason, string? Description);

/// <summary>Hands out each message to one worker at a time, at least once. All members throw <see cref="QueueException"/>.</summary>
internal interface IJobQueue : IAsyncDisposable
{
    /// <summary>For logs.</summary>
    string Description { get; }

    /// <summary>Messages that this process abandoned and that are not available yet.</summary>
    int Delayed { get; }

    /// <returns>Null when no message came in time.</returns>
    Task<IJobDelivery?> ReceiveAsync(TimeSpan wait, CancellationToken cancellationToken);

    Task SendAsync(OutgoingMessage message, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>Sends to the queue or topic of results; nothing where none is configured.</summary>
    Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken);

    /// <summary>Looks at the dead letters, the oldest first.</summary>
    IAsyncEnumerable<DeadLetter> PeekDeadAsync(CancellationToken cancellationToken);

    /// <summary>Removes dead letters that are there now, and gives each when it is gone.</summary>
    /// <param name="isMeant">Those to remove.</param>
    /// <param name="before">What has to be done with one before; when it fails, the letter stays.</param>
    IAsyncEnumerable<DeadLetter> TakeDeadAsync(Func<DeadLetter, bool> isMeant, Func<DeadLetter, CancellationToken, Task> before, CancellationToken cancellationToken);

    /// <summary>Throws when the queue cannot be reached, or the one of results.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}

/// <summary>The queue cannot be reached, or refuses.</summary>
internal class QueueException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The key or the identity may not do this.</summary>
    public bool IsDenied { get; init; }
}

/// <summary>The lock on a message is gone.</summary>
internal sealed class LockLostException(string message, Exception? inner = null) : QueueException(message, inner);
