using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using Azure.Messaging.ServiceBus;
using Polly;
using Polly.Timeout;
using Vfi.Worker.Hosting;

namespace Vfi.Worker.Queues;

/// <summary>Calls of Service Bus: tried again where that may help, and failing as <see cref="IJobQueue"/> says.</summary>
internal sealed class ServiceBusCalls(ResiliencePipeline resilience)
{
    /// <exception cref="LockLostException">The message that is settled is no longer locked.</exception>
    /// <exception cref="QueueException">The queue cannot be reached, or refuses.</exception>
    public Task RunAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken) => RunAsync(
        async token =>
        {
            await call(token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <inheritdoc cref="RunAsync(Func{CancellationToken, Task}, CancellationToken)"/>
    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) => OnceAsync(
        () => resilience.ExecuteAsync(async token => await call(token).ConfigureAwait(false), cancellationToken).AsTask());

    /// <summary>Without another try, for callers that come again by themselves.</summary>
    /// <inheritdoc cref="RunAsync(Func{CancellationToken, Task}, CancellationToken)"/>
    public static async Task<T> OnceAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (Understood(e) is { } understood)
        {
            throw understood;
        }
    }

    /// <summary>What an exception of the client's means; null: it is none of these.</summary>
    private static QueueException? Understood(Exception exception) => exception switch
    {
        ServiceBusException { Reason: ServiceBusFailureReason.MessageLockLost or ServiceBusFailureReason.MessageNotFound } => new LockLostException(exception.FirstLine(), exception),
        UnauthorizedAccessException => new QueueException($"{exception.FirstLine()}; check the roles of the identity, or the key", exception) { IsDenied = true },
        ServiceBusException or TimeoutRejectedException => new QueueException(exception.FirstLine(), exception),
        // The client lets these through.
        WebSocketException or AuthenticationException or SocketException or IOException =>
            new QueueException($"the queue cannot be reached: {exception.GetBaseException().FirstLine()}", exception),
        _ => null,
    };

    /// <summary>Whether the same call may succeed a little later.</summary>
    public static bool IsTransient(Exception exception) => exception is ServiceBusException { IsTransient: true } or TimeoutRejectedException or WebSocketException or SocketException or IOException;
}
