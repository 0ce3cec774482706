using System.Collections.Concurrent;

namespace Vfi.Pipeline.Media;

/// <summary>
/// The thread that starts all child processes. The kernel's parent-death signal, which ends every child with us,
/// follows the thread that forked; a pool thread that retires would take healthy children with it.
/// </summary>
internal static class ProcessThread
{
    private static readonly BlockingCollection<Action> Work = Start();

    /// <summary>Runs <paramref name="start"/> up to its first await on the thread and gives its task back.</summary>
    public static Task<T> Run<T>(Func<Task<T>> start)
    {
        var started = new TaskCompletionSource<Task<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                started.SetResult(start());
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                started.SetException(e);
            }
        });
        return started.Task.Unwrap();
    }

    private static BlockingCollection<Action> Start()
    {
        var work = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var action in work.GetConsumingEnumerable())
                action();
        })
        {
            IsBackground = true,
            Name = "child processes",
        }.Start();
        return work;
    }
}
