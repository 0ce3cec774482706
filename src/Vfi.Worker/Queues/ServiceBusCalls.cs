using Azure.Messaging.ServiceBus;
using Polly;
using Polly.Timeout;

namespace Vfi.Worker.Queues;

/// <summary>Calls of Service Bus: tried again where that may help, and failing as <see cref="IJobQueue"/> says.</summary>
internal sealed class ServiceBusCalls(ResiliencePipeline resilience)
{
    /// <exception cref="LockLostException">The message that is settled is no longer locked.</exception>
    /// <exception cref="QueueException">The queue cannot be reached, or refuses.</exception>
    public async Task RunAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        try
        {
            await resilience.ExecuteAsync(async token => await call(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Understood(e) is { } understood)
        {
            throw understood;
        }
    }

    /// <summary>What an exception of the client's means; null: it is none of these.</summary>
    public static QueueException? Understood(Exception exception) => exception switch
    {
        ServiceBusException { Reason: ServiceBusFailureReason.MessageLockLost or ServiceBusFailureReason.MessageNotFound } => new LockLostException(exception.Message, exception),
        ServiceBusException or TimeoutRejectedException => new QueueException(exception.Message, exception),
        UnauthorizedAccessException => new QueueException($"{exception.Message}; check the roles of the identity, or the key", exception) { IsDenied = true },
        _ => null,
    };
}
