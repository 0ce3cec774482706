using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Vfi.Worker.Queues;

namespace Vfi.Tests.Queues;

public sealed class LockRenewalTests
{
    private readonly FakeTimeProvider _time = new();
    private int _renewals;

    [Fact]
    public async Task A_lock_is_renewed_at_a_third_of_its_time()
    {
        await using var renewal = Start(() => { });
        for (var i = 0; i < 9; i++)
            await AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(9, _renewals);
        Assert.False(renewal.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_lock_that_is_gone_is_lost_at_once()
    {
        await using var renewal = Start(() => throw new LockLostException("gone"));
        await AdvanceAsync(TimeSpan.FromSeconds(10));
        await UntilAsync(() => renewal.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_failing_renewal_is_tried_again_until_the_lock_has_run_out()
    {
        await using var renewal = Start(() => throw new IOException("no answer"));
        await AdvanceAsync(TimeSpan.FromSeconds(10));
        for (var i = 0; i < 12; i++)
            await AdvanceAsync(TimeSpan.FromSeconds(1.5));
        Assert.False(renewal.Lost.IsCancellationRequested);
        Assert.InRange(_renewals, 10, 14);
        await AdvanceAsync(TimeSpan.FromSeconds(1.5));
        await AdvanceAsync(TimeSpan.FromSeconds(1.5));
        await UntilAsync(() => renewal.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task After_a_failed_renewal_a_good_one_keeps_the_lock()
    {
        await using var renewal = Start(() =>
        {
            if (_renewals < 4)
                throw new IOException("no answer");
        });
        await AdvanceAsync(TimeSpan.FromSeconds(10));
        for (var i = 0; i < 30; i++)
            await AdvanceAsync(TimeSpan.FromSeconds(1.5));
        Assert.False(renewal.Lost.IsCancellationRequested);
    }

    private LockRenewal Start(Action renew) => new("m1", TimeSpan.FromSeconds(30), _ =>
    {
        Interlocked.Increment(ref _renewals);
        renew();
        return Task.CompletedTask;
    }, _time, NullLogger.Instance);

    /// <summary>Moves the clock and lets the loop come to rest.</summary>
    private async Task AdvanceAsync(TimeSpan time)
    {
        await Task.Delay(20);
        _time.Advance(time);
        await Task.Delay(20);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 100 && !condition(); i++)
            await Task.Delay(20);
        Assert.True(condition());
    }
}
