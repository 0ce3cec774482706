using System.Runtime.CompilerServices;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;

namespace Vfi.Worker.Queues;

/// <summary>The dead-letter sub-queue of a Service Bus queue.</summary>
internal sealed class ServiceBusDeadLetters(ServiceBusClient client, string queue, ServiceBusCalls calls, ILogger logger)
{
    private const int PeekedAtOnce = 100;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    public async IAsyncEnumerable<DeadLetter> PeekAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var receiver = CreateReceiver();
        await foreach (var message in PeekAllAsync(receiver, cancellationToken).ConfigureAwait(false))
            yield return ToDeadLetter(message);
    }

    /// <summary>Letters can be removed under a lock alone, in the order of the queue: others that come are held until the end, so that they do not come again.</summary>
    public async IAsyncEnumerable<DeadLetter> TakeAsync(
        Func<DeadLetter, bool> isMeant, Func<DeadLetter, CancellationToken, Task> before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var receiver = CreateReceiver();
        var meant = new HashSet<long>();
        await foreach (var message in PeekAllAsync(receiver, cancellationToken).ConfigureAwait(false))
        {
            if (isMeant(ToDeadLetter(message)))
                meant.Add(message.SequenceNumber);
        }
        var held = new List<ServiceBusReceivedMessage>();
        try
        {
            while (meant.Count > 0 && await calls.RunAsync(token => receiver.ReceiveMessageAsync(Wait, token), cancellationToken).ConfigureAwait(false) is { } message)
            {
                held.Add(message);
                if (!meant.Remove(message.SequenceNumber))
                    continue;
                var letter = ToDeadLetter(message);
                await before(letter, cancellationToken).ConfigureAwait(false);
                await calls.RunAsync(token => receiver.CompleteMessageAsync(message, token), cancellationToken).ConfigureAwait(false);
                held.Remove(message);
                yield return letter;
            }
            if (meant.Count > 0)
                throw new QueueException($"{queue}: another receiver holds {meant.Count} of the dead letters; try again when their locks have ended");
        }
        finally
        {
            foreach (var message in held)
                await GiveBackAsync(receiver, message).ConfigureAwait(false);
        }
    }

    private static DeadLetter ToDeadLetter(ServiceBusReceivedMessage message) => new(
        ServiceBusContents.IdOf(message), ServiceBusContents.BodyOf(message), message.DeliveryCount, message.EnqueuedTime, message.DeadLetterReason, message.DeadLetterErrorDescription);

    private ServiceBusReceiver CreateReceiver() => client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    /// <summary>The service gives fewer at once than are asked for when they are large.</summary>
    private async IAsyncEnumerable<ServiceBusReceivedMessage> PeekAllAsync(ServiceBusReceiver receiver, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long next = 0;
        while (await calls.RunAsync(token => receiver.PeekMessagesAsync(PeekedAtOnce, next, token), cancellationToken).ConfigureAwait(false) is { Count: > 0 } messages)
        {
            foreach (var message in messages)
                yield return message;
            next = messages[^1].SequenceNumber + 1;
        }
    }

    /// <summary>Where this fails, the lock ends by itself.</summary>
    private async Task GiveBackAsync(ServiceBusReceiver receiver, ServiceBusReceivedMessage message)
    {
        try
        {
            await calls.RunAsync(token => receiver.AbandonMessageAsync(message, null, token), CancellationToken.None).ConfigureAwait(false);
        }
        catch (QueueException e)
        {
            logger.LogDebug("Dead letter {MessageId} not given back; it is when its lock ends: {Reason}", ServiceBusContents.IdOf(message), e.Message);
        }
    }
}
