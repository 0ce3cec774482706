using Azure.Messaging.ServiceBus.Amqp;

namespace Azure.Messaging.ServiceBus;

/// <summary>Receives from one queue, or its dead-letter sub-queue, under peek-lock.</summary>
public class ServiceBusReceiver : IAsyncDisposable
{
    internal const string DeadLetterReasonKey = "DeadLetterReason";
    internal const string DeadLetterDescriptionKey = "DeadLetterErrorDescription";
    private readonly ServiceBusClient _client;
    private readonly Management _management;
    private readonly SemaphoreSlim _opening = new(1);
    private readonly SemaphoreSlim _receiving = new(1);
    private AmqpReceiver? _link;

    internal ServiceBusReceiver(ServiceBusClient client, string queueName, ServiceBusReceiverOptions options)
    {
        if (options.PrefetchCount != 0 || options.ReceiveMode != ServiceBusReceiveMode.PeekLock || options.SubQueue == SubQueue.TransferDeadLetter)
            throw new NotSupportedException("the stand-in receives under peek-lock without prefetching, from a queue or its dead-letter queue");
        (_client, EntityPath) = (client, options.SubQueue == SubQueue.DeadLetter ? $"{queueName}/$DeadLetterQueue" : queueName);
        _management = new Management(client, EntityPath);
    }

    public virtual string EntityPath { get; }

    /// <returns>Null when no message came within the time.</returns>
    public virtual Task<ServiceBusReceivedMessage?> ReceiveMessageAsync(TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default)
    {
        var wait = maxWaitTime ?? _client.Options.RetryOptions.TryTimeout;
        return _client.RetryAsync(
            async token =>
            {
                await _receiving.WaitAsync(token).ConfigureAwait(false);
                try
                {
                    var link = await OpenAsync(token).ConfigureAwait(false);
                    var delivery = await link.ReceiveAsync(wait, token).ConfigureAwait(false);
                    return delivery is null ? null : new ServiceBusReceivedMessage(AmqpMessage.Decode(delivery.Message), delivery, link);
                }
                finally
                {
                    _receiving.Release();
                }
            },
            wait, cancellationToken);
    }

    /// <summary>Looks at messages without locking them, from a sequence number on.</summary>
    public virtual async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = null, CancellationToken cancellationToken = default)
    {
        var body = new Dictionary<string, object> { ["from-sequence-number"] = fromSequenceNumber ?? 0L, ["message-count"] = maxMessages };
        var answer = await _management.AskAsync("com.microsoft:peek-message", body, cancellationToken).ConfigureAwait(false);
        return answer.GetValueOrDefault("messages") is not object[] messages ? []
            : [.. messages.OfType<Dictionary<string, object>>().Select(m => new ServiceBusReceivedMessage(AmqpMessage.Decode((byte[])m["message"]), null, null))];
    }

    public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        SettleAsync(message, Proton.Accepted, "completed", null, cancellationToken);

    /// <summary>Makes the message available again at once.</summary>
    public virtual Task AbandonMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        propertiesToModify is null ? SettleAsync(message, Proton.Modified, "abandoned", null, cancellationToken)
            : throw new NotSupportedException("the stand-in does not modify properties");

    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message, string deadLetterReason, string? deadLetterErrorDescription = null, CancellationToken cancellationToken = default) =>
        SettleAsync(
            message, Proton.Rejected, "suspended",
            new Dictionary<string, object> { [DeadLetterReasonKey] = deadLetterReason, [DeadLetterDescriptionKey] = deadLetterErrorDescription ?? "" },
            cancellationToken);

    /// <exception cref="ServiceBusException">The lock was lost (<see cref="ServiceBusFailureReason.MessageLockLost"/>).</exception>
    public virtual async Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
    {
        var body = new Dictionary<string, object> { ["lock-tokens"] = new[] { Guid.Parse(message.LockToken) } };
        var answer = await _management.AskAsync("com.microsoft:renew-lock", body, cancellationToken).ConfigureAwait(false);
        if (answer.GetValueOrDefault("expirations") is object[] { Length: > 0 } expirations && expirations[0] is DateTimeOffset until)
            message.LockedUntil = until;
    }

    public virtual async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        if (_link is not null)
            await _link.CloseAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _management.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Over the link that received the message, or by its lock token when that link is gone.</summary>
    private Task SettleAsync(
        ServiceBusReceivedMessage message, ulong outcome, string status, Dictionary<string, object>? deadLetter, CancellationToken cancellationToken) =>
        _client.RetryAsync(
            async token =>
            {
                if (message.Delivery is not { } delivery)
                    throw new InvalidOperationException("a peeked message has no lock to settle");
                if (message.Link is { IsOpen: true } link)
                {
                    await link.SettleAsync(delivery, outcome, deadLetter is null ? null : ("com.microsoft:dead-letter", deadLetter), token).ConfigureAwait(false);
                    return 0;
                }
                var body = new Dictionary<string, object> { ["disposition-status"] = status, ["lock-tokens"] = new[] { Guid.Parse(message.LockToken) } };
                if (deadLetter is not null)
                {
                    body["deadletter-reason"] = deadLetter[DeadLetterReasonKey];
                    body["deadletter-description"] = deadLetter[DeadLetterDescriptionKey];
                }
                await _management.AskAsync("com.microsoft:update-disposition", body, token).ConfigureAwait(false);
                return 0;
            },
            TimeSpan.Zero, cancellationToken);

    private async Task<AmqpReceiver> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_link?.IsOpen != true)
            {
                var connection = await _client.ConnectAsync(EntityPath, cancellationToken).ConfigureAwait(false);
                _link = await connection.OpenReceiverAsync(EntityPath, null, cancellationToken).ConfigureAwait(false);
            }
            return _link;
        }
        finally
        {
            _opening.Release();
        }
    }
}
