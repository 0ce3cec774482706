using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using Polly;

namespace Vfi.Worker.Queues;

/// <summary>An Azure Service Bus queue under peek-lock, nothing prefetched, locks renewed by <see cref="LockRenewal"/>.</summary>
internal sealed class ServiceBusJobQueue : IJobQueue
{
    private const int MaximumReason = 4096;
    private const int MaximumId = 128;
    private readonly ServiceBusClient _client;
    private readonly ServiceBusReceiver _receiver;
    private readonly ServiceBusSender _sender;
    private readonly ServiceBusSender? _results;
    private readonly ConcurrentDictionary<Task, byte> _delayed = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly string _queue;
    private readonly ServiceBusCalls _calls;
    private readonly ServiceBusDeadLetters _dead;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public ServiceBusJobQueue(ServiceBusClient client, string queue, string results, ResiliencePipeline resilience, TimeProvider time, ILogger logger)
    {
        (_client, _queue, _calls, _time, _logger) = (client, queue, new ServiceBusCalls(resilience), time, logger);
        _dead = new ServiceBusDeadLetters(client, queue, _calls, logger);
        _receiver = client.CreateReceiver(queue, new ServiceBusReceiverOptions { PrefetchCount = 0, ReceiveMode = ServiceBusReceiveMode.PeekLock });
        _sender = client.CreateSender(queue);
        _results = results.Length > 0 ? client.CreateSender(results) : null;
    }

    public string Description => $"{_client.FullyQualifiedNamespace}/{_queue}";

    public int Delayed => _delayed.Count;

    public async Task<IJobDelivery?> ReceiveAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var message = await ServiceBusCalls.OnceAsync(() => _receiver.ReceiveMessageAsync(wait, cancellationToken)).ConfigureAwait(false);
        return message is null ? null : new Delivery(this, message);
    }

    public Task SendAsync(OutgoingMessage message, TimeSpan delay, CancellationToken cancellationToken) => _calls.RunAsync(
        token => delay > TimeSpan.Zero
            ? _sender.ScheduleMessageAsync(ToMessage(message), _time.GetUtcNow() + delay, token) : _sender.SendMessageAsync(ToMessage(message), token),
        cancellationToken);

    public Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        _results is null ? Task.CompletedTask : _calls.RunAsync(token => _results.SendMessageAsync(ToMessage(message), token), cancellationToken);

    public IAsyncEnumerable<DeadLetter> PeekDeadAsync(CancellationToken cancellationToken) => _dead.PeekAsync(cancellationToken);

    public IAsyncEnumerable<DeadLetter> TakeDeadAsync(
        Func<DeadLetter, bool> isMeant, Func<DeadLetter, CancellationToken, Task> before, CancellationToken cancellationToken) => _dead.TakeAsync(isMeant, before, cancellationToken);

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await ServiceBusCalls.OnceAsync(() => _receiver.PeekMessagesAsync(1, null, cancellationToken)).ConfigureAwait(false);
        if (_results is null)
            return;
        try
        {
            // A batch is as large as the link allows: it is opened, and nothing is sent.
            (await ServiceBusCalls.OnceAsync(() => _results.CreateMessageBatchAsync(cancellationToken).AsTask()).ConfigureAwait(false)).Dispose();
        }
        catch (QueueException e)
        {
            throw new QueueException($"Queue:Results {_results.EntityPath}: {e.Message}; it must be there, and be sent to; where no results are wanted, leave it empty", e) { IsDenied = e.IsDenied };
        }
    }

    /// <summary>Messages whose delay has not passed are abandoned now, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_delayed.Keys).ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private static ServiceBusMessage ToMessage(OutgoingMessage message)
    {
        // Of an id that is too long, something as good for finding duplicates.
        var id = message.Id.Length <= MaximumId ? message.Id : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(message.Id)));
        var result = new ServiceBusMessage(message.Body) { MessageId = id, ContentType = "application/json", Subject = message.Subject, CorrelationId = message.CorrelationId };
        if (message.TraceParent is { } parent)
            result.ApplicationProperties["Diagnostic-Id"] = parent;
        return result;
    }

    /// <summary>
    /// The service has no delayed abandon, and a copy scheduled under the same id would fall to duplicate detection:
    /// so the lock is held, and renewed, for as long as the delay lasts. A worker that dies meanwhile only shortens it.
    /// </summary>
    private void AbandonLater(Delivery delivery, TimeSpan delay)
    {
        var waiting = Task.Run(async () =>
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token, delivery.LockLost);
            await Task.Delay(delay, _time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await _calls.RunAsync(token => _receiver.AbandonMessageAsync(delivery.Message, null, token), CancellationToken.None).ConfigureAwait(false);
            }
            catch (QueueException e)
            {
                _logger.LogWarning("Message {MessageId} not abandoned; it comes back when its lock ends: {Reason}", delivery.MessageId, e.Message);
            }
            await delivery.EndRenewalAsync().ConfigureAwait(false);
        });
        _delayed[waiting] = 0;
        _ = waiting.ContinueWith(t => _delayed.TryRemove(t, out _), TaskScheduler.Default);
    }

    private sealed class Delivery : IJobDelivery
    {
        private readonly ServiceBusJobQueue _queue;
        private readonly LockRenewal _renewal;
        private bool _delayed;

        public Delivery(ServiceBusJobQueue queue, ServiceBusReceivedMessage message)
        {
            (_queue, Message, Body) = (queue, message, ServiceBusContents.BodyOf(message));
            var left = message.LockedUntil - queue._time.GetUtcNow();
            _renewal = new LockRenewal(MessageId, left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), RenewAsync, queue._time, queue._logger);
            LockLost = _renewal.Lost;
        }

        public ServiceBusReceivedMessage Message { get; }

        public string MessageId => ServiceBusContents.IdOf(Message);

        public ReadOnlyMemory<byte> Body { get; }

        public int DeliveryCount => Message.DeliveryCount;

        public DateTimeOffset Enqueued => Message.EnqueuedTime;

        public string? TraceParent => (Message.ApplicationProperties.GetValueOrDefault("Diagnostic-Id") ?? Message.ApplicationProperties.GetValueOrDefault("traceparent")) as string;

        public CancellationToken LockLost { get; }

        public Task CompleteAsync(CancellationToken cancellationToken) =>
            _queue._calls.RunAsync(token => _queue._receiver.CompleteMessageAsync(Message, token), cancellationToken);

        public Task AbandonAsync(TimeSpan delay, CancellationToken cancellationToken)
        {
            if (delay <= TimeSpan.Zero)
                return _queue._calls.RunAsync(token => _queue._receiver.AbandonMessageAsync(Message, null, token), cancellationToken);
            _delayed = true;
            _queue.AbandonLater(this, delay);
            return Task.CompletedTask;
        }

        public Task DeadLetterAsync(string reason, string description, CancellationToken cancellationToken) =>
            _queue._calls.RunAsync(
                token => _queue._receiver.DeadLetterMessageAsync(
                    Message, reason, description.Length <= MaximumReason ? description : description[..MaximumReason], token),
                cancellationToken);

        public ValueTask DisposeAsync() => _delayed ? ValueTask.CompletedTask : EndRenewalAsync();

        public ValueTask EndRenewalAsync() => _renewal.DisposeAsync();

        private Task RenewAsync(CancellationToken cancellationToken) => ServiceBusCalls.OnceAsync(async () =>
        {
            await _queue._receiver.RenewMessageLockAsync(Message, cancellationToken).ConfigureAwait(false);
            return true;
        });
    }
}
