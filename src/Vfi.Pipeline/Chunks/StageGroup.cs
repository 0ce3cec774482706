using System.Runtime.ExceptionServices;

namespace Vfi.Pipeline.Chunks;

/// <summary>Stages that stand and fall together: the first failure cancels the others and is the one that is thrown.</summary>
internal sealed class StageGroup(CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private readonly List<Task> _stages = [];
    private ExceptionDispatchInfo? _failure;

    /// <summary>Fires when a stage has failed or the caller has cancelled.</summary>
    public CancellationToken Token => _stop.Token;

    public void Start(Func<CancellationToken, Task> stage) => _stages.Add(RunAsync(stage));

    /// <summary>Waits for all stages.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled, and no stage had failed before.</exception>
    public async Task WhenAllAsync()
    {
        await Task.WhenAll(_stages).ConfigureAwait(false);
        _failure?.Throw();
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(Func<CancellationToken, Task> stage)
    {
        try
        {
            await Task.Run(() => stage(_stop.Token), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (Remember(e))
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private bool Remember(Exception e)
    {
        Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        return true;
    }
}
