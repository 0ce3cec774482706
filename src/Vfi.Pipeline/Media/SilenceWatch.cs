namespace Vfi.Pipeline.Media;

/// <summary>Fires its token when nobody has reported life for the time limit.</summary>
internal sealed class SilenceWatch : IDisposable
{
    /// <summary>For what reads a file.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _source = new();
    private readonly Timer _timer;
    private long _lastLife = Environment.TickCount64;
    private int _paused;

    public SilenceWatch(TimeSpan limit)
    {
        Limit = limit;
        _timer = new Timer(_ => Check(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public TimeSpan Limit { get; }

    public CancellationToken Token => _source.Token;

    public bool HasFired { get; private set; }

    /// <summary>Something moved.</summary>
    public void Life() => Volatile.Write(ref _lastLife, Environment.TickCount64);

    /// <summary>While set, silence is our own doing (nobody takes what the other side has) and does not count.</summary>
    public bool Paused
    {
        set
        {
            Volatile.Write(ref _paused, value ? 1 : 0);
            Life();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }

    private void Check()
    {
        if (Volatile.Read(ref _paused) != 0 || Environment.TickCount64 - Volatile.Read(ref _lastLife) < Limit.TotalMilliseconds)
            return;
        HasFired = true;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run ended while the timer fired.
        }
    }
}
