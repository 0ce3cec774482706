using Vfi.Worker.Jobs;

namespace Vfi.Tests.Jobs;

public sealed class WatchedTests
{
    [Fact]
    public async Task A_lost_claim_ends_the_work_and_is_thrown() =>
        await Assert.ThrowsAsync<ClaimLostException>(() => Watched.RunAsync(Forever, _ => Task.FromException(new ClaimLostException("job1")), CancellationToken.None));

    [Fact]
    public async Task Another_failure_of_the_watch_does_not_end_the_work() =>
        Assert.Equal(7, await Watched.RunAsync(_ => Task.FromResult(7), _ => Task.FromException(new IOException()), CancellationToken.None));

    [Fact]
    public async Task Work_that_is_cancelled_ends_its_watch()
    {
        var ended = false;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Watched.RunAsync<int>(
            _ => throw new OperationCanceledException(),
            async token =>
            {
                await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ended = true;
            },
            CancellationToken.None));
        Assert.True(ended);
    }

    private static async Task<int> Forever(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return 0;
    }
}
