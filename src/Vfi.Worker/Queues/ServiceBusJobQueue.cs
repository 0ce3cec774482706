using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Timeout;

namespace Vfi.Worker.Queues;

/// <summary>An Azure Service Bus queue under peek-lock, nothing prefetched, locks renewed by <see cref="LockRenewal"/>.</summary>
internal sealed class ServiceBusJobQueue : IJobQueue
{
    private const int MaximumReason = 4096;
    private const int PeekedAtOnce = 100;
    private static readonly TimeSpan DeadLetterWait = TimeSpan.FromSeconds(5);
    private readonly ServiceBusClient _client;
    private readonly ServiceBusReceiver _receiver;
    private readonly ServiceBusSender _sender;
    private readonly ServiceBusSender? _results;
    private readonly ConcurrentDictionary<Task, byte> _delayed = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly string _queue;
    private readonly ResiliencePipeline _resilience;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public ServiceBusJobQueue(ServiceBusClient client, string queue, string results, ResiliencePipeline resilience, TimeProvider time, ILogger logger)
    {
        (_client, _queue, _resilience, _time, _logger) = (client, queue, resilience, time, logger);
        _receiver = client.CreateReceiver(queue, new ServiceBusReceiverOptions { PrefetchCount = 0, ReceiveMode = ServiceBusReceiveMode.PeekLock });
        _sender = client.CreateSender(queue);
        _results = results.Length > 0 ? client.CreateSender(results) : null;
    }

    public string Description => $"{_client.FullyQualifiedNamespace}/{_queue}";

    public int Delayed => _delayed.Count;

    public async Task<IJobDelivery?> ReceiveAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var message = await _receiver.ReceiveMessageAsync(wait, cancellationToken).ConfigureAwait(false);
        return message is null ? null : new Delivery(this, message);
    }

    public Task SendAsync(OutgoingMessage message, TimeSpan delay, CancellationToken cancellationToken) => CallAsync(
        token => delay > TimeSpan.Zero
            ? _sender.ScheduleMessageAsync(ToMessage(message), _time.GetUtcNow() + delay, token) : _sender.SendMessageAsync(ToMessage(message), token),
        cancellationToken);

    public Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        _results is null ? Task.CompletedTask : CallAsync(token => _results.SendMessageAsync(ToMessage(message), token), cancellationToken);

    public async IAsyncEnumerable<DeadLetter> PeekDeadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var receiver = CreateDeadReceiver();
        await foreach (var message in PeekAllAsync(receiver, cancellationToken).ConfigureAwait(false))
            yield return ToDeadLetter(message);
    }

    /// <summary>Letters can be removed under a lock alone, in the order of the queue: others that come are held until the end, so that they do not come again.</summary>
    public async IAsyncEnumerable<DeadLetter> TakeDeadAsync(
        Func<DeadLetter, bool> isMeant, Func<DeadLetter, CancellationToken, Task> before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var receiver = CreateDeadReceiver();
        var meant = new HashSet<long>();
        await foreach (var message in PeekAllAsync(receiver, cancellationToken).ConfigureAwait(false))
        {
            if (isMeant(ToDeadLetter(message)))
                meant.Add(message.SequenceNumber);
        }
        var held = new List<ServiceBusReceivedMessage>();
        try
        {
            while (meant.Count > 0 && await receiver.ReceiveMessageAsync(DeadLetterWait, cancellationToken).ConfigureAwait(false) is { } message)
            {
                held.Add(message);
                if (!meant.Remove(message.SequenceNumber))
                    continue;
                var letter = ToDeadLetter(message);
                await before(letter, cancellationToken).ConfigureAwait(false);
                await CallAsync(token => receiver.CompleteMessageAsync(message, token), cancellationToken).ConfigureAwait(false);
                held.Remove(message);
                yield return letter;
            }
        }
        finally
        {
            foreach (var message in held)
                await AbandonAsync(receiver, message).ConfigureAwait(false);
        }
    }

    public Task CheckAsync(CancellationToken cancellationToken) => _receiver.PeekMessagesAsync(1, null, cancellationToken);

    /// <summary>Messages whose delay has not passed are abandoned now, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_delayed.Keys).ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private ServiceBusReceiver CreateDeadReceiver() => _client.CreateReceiver(_queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    private static DeadLetter ToDeadLetter(ServiceBusReceivedMessage message) => new(
        message.MessageId ?? "", message.Body.ToMemory(), message.DeliveryCount, message.EnqueuedTime, message.DeadLetterReason, message.DeadLetterErrorDescription);

    /// <summary>The service gives fewer at once than are asked for when they are large.</summary>
    private static async IAsyncEnumerable<ServiceBusReceivedMessage> PeekAllAsync(ServiceBusReceiver receiver, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long next = 0;
        while (await receiver.PeekMessagesAsync(PeekedAtOnce, next, cancellationToken).ConfigureAwait(false) is { Count: > 0 } messages)
        {
            foreach (var message in messages)
                yield return message;
            next = messages[^1].SequenceNumber + 1;
        }
    }

    /// <summary>Of a letter that is left: where this fails, its lock ends by itself.</summary>
    private async Task AbandonAsync(ServiceBusReceiver receiver, ServiceBusReceivedMessage message)
    {
        try
        {
            await receiver.AbandonMessageAsync(message, null, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ServiceBusException or UnauthorizedAccessException)
        {
            _logger.LogDebug("Dead letter {MessageId} not given back; it is when its lock ends: {Reason}", message.MessageId, e.Message);
        }
    }

    private Task CallAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken) =>
        _resilience.ExecuteAsync(async token => await call(token).ConfigureAwait(false), cancellationToken).AsTask();

    private static ServiceBusMessage ToMessage(OutgoingMessage message)
    {
        var result = new ServiceBusMessage(message.Body) { MessageId = message.Id, ContentType = "application/json", Subject = message.Subject, CorrelationId = message.CorrelationId };
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
                await CallAsync(token => _receiver.AbandonMessageAsync(delivery.Message, null, token), CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is ServiceBusException or UnauthorizedAccessException or TimeoutRejectedException)
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
            (_queue, Message) = (queue, message);
            var left = message.LockedUntil - queue._time.GetUtcNow();
            _renewal = new LockRenewal(MessageId, left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), RenewAsync, queue._time, queue._logger);
            LockLost = _renewal.Lost;
        }

        public ServiceBusReceivedMessage Message { get; }

        public string MessageId => Message.MessageId ?? "";

        public ReadOnlyMemory<byte> Body => Message.Body.ToMemory();

        public int DeliveryCount => Message.DeliveryCount;

        public DateTimeOffset Enqueued => Message.EnqueuedTime;

        public string? TraceParent => (Message.ApplicationProperties.GetValueOrDefault("Diagnostic-Id") ?? Message.ApplicationProperties.GetValueOrDefault("traceparent")) as string;

        public CancellationToken LockLost { get; }

        public Task CompleteAsync(CancellationToken cancellationToken) =>
            SettleAsync(token => _queue._receiver.CompleteMessageAsync(Message, token), cancellationToken);

        public Task AbandonAsync(TimeSpan delay, CancellationToken cancellationToken)
        {
            if (delay <= TimeSpan.Zero)
                return SettleAsync(token => _queue._receiver.AbandonMessageAsync(Message, null, token), cancellationToken);
            _delayed = true;
            _queue.AbandonLater(this, delay);
            return Task.CompletedTask;
        }

        public Task DeadLetterAsync(string reason, string description, CancellationToken cancellationToken) =>
            SettleAsync(
                token => _queue._receiver.DeadLetterMessageAsync(
                    Message, reason, description.Length <= MaximumReason ? description : description[..MaximumReason], token),
                cancellationToken);

        public ValueTask DisposeAsync() => _delayed ? ValueTask.CompletedTask : EndRenewalAsync();

        public ValueTask EndRenewalAsync() => _renewal.DisposeAsync();

        private static bool IsLost(ServiceBusException e) => e.Reason is ServiceBusFailureReason.MessageLockLost or ServiceBusFailureReason.MessageNotFound;

        private async Task SettleAsync(Func<CancellationToken, Task> settle, CancellationToken cancellationToken)
        {
            try
            {
                await _queue.CallAsync(settle, cancellationToken).ConfigureAwait(false);
            }
            catch (ServiceBusException e) when (IsLost(e))
            {
                throw new LockLostException(e.Message, e);
            }
        }

        private async Task RenewAsync(CancellationToken cancellationToken)
        {
            // The renewal loop itself tries again.
            try
            {
                await _queue._receiver.RenewMessageLockAsync(Message, cancellationToken).ConfigureAwait(false);
            }
            catch (ServiceBusException e) when (IsLost(e))
            {
                throw new LockLostException(e.Message, e);
            }
        }
    }
}
