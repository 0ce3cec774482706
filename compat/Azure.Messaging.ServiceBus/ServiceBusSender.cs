using System.Globalization;
using Azure.Messaging.ServiceBus.Amqp;

namespace Azure.Messaging.ServiceBus;

/// <summary>Sends to one queue or topic.</summary>
public class ServiceBusSender : IAsyncDisposable
{
    private readonly ServiceBusClient _client;
    private readonly Management _management;
    private readonly SemaphoreSlim _opening = new(1);
    private AmqpSender? _link;

    internal ServiceBusSender(ServiceBusClient client, string entityPath) =>
        (_client, EntityPath, _management) = (client, entityPath, new Management(client, entityPath));

    public virtual string EntityPath { get; }

    /// <returns>When the service has accepted the message.</returns>
    /// <exception cref="ServiceBusException">Not accepted.</exception>
    /// <exception cref="UnauthorizedAccessException">The credential may not send here.</exception>
    public virtual Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default) =>
        _client.RetryAsync(
            async token =>
            {
                var link = await OpenAsync(token).ConfigureAwait(false);
                await link.SendAsync(message.ToAmqp().Encode(), token).ConfigureAwait(false);
                return 0;
            },
            TimeSpan.Zero, cancellationToken);

    /// <returns>The sequence number by which the message can be cancelled.</returns>
    public virtual async Task<long> ScheduleMessageAsync(
        ServiceBusMessage message, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default)
    {
        message.ScheduledEnqueueTime = scheduledEnqueueTime;
        var entry = new Dictionary<string, object> { ["message"] = message.ToAmqp().Encode() };
        if (message.MessageId is { } id)
            entry["message-id"] = id;
        var answer = await _management.AskAsync(
            "com.microsoft:schedule-message", new Dictionary<string, object> { ["messages"] = new object[] { entry } }, cancellationToken).ConfigureAwait(false);
        return answer.GetValueOrDefault("sequence-numbers") is object[] { Length: > 0 } numbers
            ? Convert.ToInt64(numbers[0], CultureInfo.InvariantCulture)
            : throw new ServiceBusException("the service named no sequence number for a scheduled message", ServiceBusFailureReason.GeneralError, EntityPath);
    }

    /// <summary>Opens the way to the queue or topic, which tells how large messages may be.</summary>
    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default) => new(_client.RetryAsync(
        async token =>
        {
            await OpenAsync(token).ConfigureAwait(false);
            return new ServiceBusMessageBatch();
        },
        TimeSpan.Zero, cancellationToken));

    public virtual async ValueTask DisposeAsync()
    {
        if (_link is not null)
            await _link.CloseAsync().ConfigureAwait(false);
        _management.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task<AmqpSender> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_link?.IsOpen != true)
            {
                var connection = await _client.ConnectAsync(EntityPath, cancellationToken).ConfigureAwait(false);
                _link = await connection.OpenSenderAsync(EntityPath, cancellationToken).ConfigureAwait(false);
            }
            return _link;
        }
        finally
        {
            _opening.Release();
        }
    }
}
