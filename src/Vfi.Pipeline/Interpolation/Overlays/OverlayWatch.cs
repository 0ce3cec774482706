using System.Runtime.CompilerServices;

namespace Vfi.Pipeline.Interpolation.Overlays;

/// <summary>Marks source frames with what stands over them. What becomes of a frame depends on <see cref="Reach"/> pictures before and after alone.</summary>
internal static class OverlayWatch
{
    /// <summary>Pictures before and after that decide.</summary>
    public const int Reach = OverlayFinder.Pictures - 1;

    /// <summary>The same pairs, each when both its frames are marked. Their owner is who gets them.</summary>
    /// <param name="pairs">In order; their frames have views. Taken over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async IAsyncEnumerable<SourcePair> MarkAsync(IAsyncEnumerable<SourcePair> pairs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiting = new Queue<SourcePair>();
        var last = new Queue<(SourceFrame Frame, byte[] Luma)>();
        OverlayFinder? finder = null;
        try
        {
            await foreach (var pair in pairs.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                waiting.Enqueue(pair);
                var view = pair.First.View!;
                finder ??= new OverlayFinder(view.ContentWidth, view.ContentHeight);
                if (last.Count == OverlayFinder.Pictures)
                    last.Dequeue();
                last.Enqueue((pair.First, OverlayFinder.Steps(view.Luma)));
                if (last.Count == OverlayFinder.Pictures && finder.Find([.. last.Select(l => l.Luma)]) is { } covered)
                {
                    var overlay = new Overlay(covered, view.ContentWidth, view.ContentHeight, view.Divisor);
                    foreach (var (frame, _) in last)
                        frame.Overlay = Overlay.Join(frame.Overlay, overlay);
                }
                // The second frame of the first that waits is followed by as many as decide.
                if (waiting.Count > OverlayFinder.Pictures)
                    yield return waiting.Dequeue();
            }
            while (waiting.TryDequeue(out var rest))
                yield return rest;
        }
        finally
        {
            foreach (var pair in waiting)
                pair.Release();
        }
    }
}
