using System.Runtime.CompilerServices;

namespace Vfi.Pipeline.Interpolation.Overlays;

/// <summary>Marks pairs of source frames with what stands over them. What becomes of a pair depends on <see cref="Reach"/> pictures before and after alone.</summary>
internal static class OverlayWatch
{
    /// <summary>Pictures before and after a pair that decide.</summary>
    public const int Reach = OverlayFinder.Pictures - 2;

    /// <summary>The same pairs, each when it is marked. Their owner is who gets them.</summary>
    /// <param name="pairs">In order; their frames have views. Taken over.</param>
    /// <param name="threads">Threads for rows.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async IAsyncEnumerable<SourcePair> MarkAsync(IAsyncEnumerable<SourcePair> pairs, int threads, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = new Queue<(SourcePair Pair, byte[] Luma)>();
        OverlayFinder? finder = null;
        try
        {
            await foreach (var pair in pairs.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                var view = pair.First.View!;
                finder ??= new OverlayFinder(view.ContentWidth, view.ContentHeight, threads);
                last.Enqueue((pair, OverlayFinder.Steps(view.Luma)));
                if (last.Count < OverlayFinder.Pictures)
                    continue;
                if (finder.Find([.. last.Select(l => l.Luma)]) is { } kinds)
                {
                    var overlay = new Overlay(kinds, view.ContentWidth, view.ContentHeight, view.Divisor);
                    // All whose two frames are among them.
                    foreach (var (marked, _) in last.SkipLast(1))
                        marked.Overlay = Overlay.Join(marked.Overlay, overlay);
                }
                var (first, _) = last.Dequeue();
                yield return first;
            }
            while (last.TryDequeue(out var rest))
                yield return rest.Pair;
        }
        finally
        {
            foreach (var (pair, _) in last)
                pair.Release();
        }
    }
}
