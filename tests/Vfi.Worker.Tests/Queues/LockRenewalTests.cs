using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Vfi.Worker.Queues;

namespace Vfi.Tests.Queues;

public sealed class LockRenewalTests
{
    private readonly WatchedTime _time = new();
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

    /// <summary>Moves the clock when the loop waits for it, and lets the loop come to rest again.</summary>
    private async Task AdvanceAsync(TimeSpan time)
    {
        await UntilAsync(() => _time.Waiting > 0);
        _time.Advance(time);
        await Task.WhenAny(UntilAsync(() => _time.Waiting > 0), Task.Delay(1000));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 1000 && !condition(); i++)
            await Task.Delay(5);
        Assert.True(condition());
    }

    /// <summary>A clock that tells whether somebody waits for it.</summary>
    private sealed class WatchedTime : FakeTimeProvider
    {
        private int _waiting;

        public int Waiting => Volatile.Read(ref _waiting);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new WatchedTimer(base.CreateTimer(callback, state, dueTime, period), () => Interlocked.Decrement(ref _waiting));
            Interlocked.Increment(ref _waiting);
            return timer;
        }
    }

    private sealed class WatchedTimer(ITimer inner, Action ended) : ITimer
    {
        private int _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                ended();
            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
