using Microsoft.Extensions.Logging;

namespace Vfi.Worker.Queues;

/// <summary>
/// Renews a lock at a third of its time until disposed. Failures are tried again while the lock can still be held;
/// when it cannot, <see cref="Lost"/> fires.
/// </summary>
internal sealed class LockRenewal : IAsyncDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="messageId">For logs.</param>
    /// <param name="lockTime">From a renewal to the lock's end.</param>
    /// <param name="renew">Throws <see cref="LockLostException"/> when the lock is gone; anything else is tried again.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Told about failures.</param>
    public LockRenewal(string messageId, TimeSpan lockTime, Func<CancellationToken, Task> renew, TimeProvider time, ILogger logger) =>
        _loop = Task.Run(() => RunAsync(messageId, lockTime, renew, time, logger));

    public CancellationToken Lost => _lost.Token;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
        _lost.Dispose();
    }

    private async Task RunAsync(string messageId, TimeSpan lockTime, Func<CancellationToken, Task> renew, TimeProvider time, ILogger logger)
    {
        var renewed = time.GetTimestamp();
        var wait = lockTime / 3;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(wait, time, _stop.Token).ConfigureAwait(false);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                limit.CancelAfter(lockTime / 3);
                await renew(limit.Token).ConfigureAwait(false);
                renewed = time.GetTimestamp();
                wait = lockTime / 3;
            }
            catch (LockLostException e)
            {
                logger.LogWarning("Lock of message {MessageId} lost: {Reason}", messageId, e.Message);
                await _lost.CancelAsync().ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (!_stop.IsCancellationRequested)
            {
                if (time.GetElapsedTime(renewed) >= lockTime)
                {
                    logger.LogWarning("Lock of message {MessageId} has run out: {Reason}", messageId, e.Message);
                    await _lost.CancelAsync().ConfigureAwait(false);
                    return;
                }
                logger.LogWarning("Lock of message {MessageId} not renewed, trying again: {Reason}", messageId, e.Message);
                wait = lockTime / 20;
            }
        }
    }
}
