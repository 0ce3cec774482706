namespace Vfi.Worker.Jobs;

/// <summary>Work that something watches over.</summary>
internal static class Watched
{
    /// <summary>Does the work; a watch that finds the claim lost or the job refused ends it, and that is thrown.</summary>
    /// <param name="work">Gets a token that fires when the watch ends it.</param>
    /// <param name="watch">Cancelled when the work has ended. Other failures of it do not end the work.</param>
    /// <param name="cancellationToken">Ends both.</param>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, Func<CancellationToken, Task> watch, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(watch, stop);
        try
        {
            return await work(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The watch may have the reason.
            await stop.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
            throw;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task WatchAsync(Func<CancellationToken, Task> watch, CancellationTokenSource stop)
    {
        try
        {
            await watch(stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ClaimLostException or JobRejectedException)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The work has ended.
        }
    }
}
