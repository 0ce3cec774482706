using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Source frames two by two, as frames are made between them: neighbours, or, where a picture is repeated and is not shown longer than
/// the finder allows, the first of each picture and the first of the next. So animation that is drawn on twos or
/// threes, and video of a lower rate in a file of a higher one, move evenly. Depends on <see cref="Context"/> frames before and after
/// alone.
/// </summary>
/// <param name="finder">Gives the frames and tells repeats.</param>
/// <param name="around">Whether the pairs before and after are needed, too.</param>
/// <param name="watch">Looks for repeats where the finder does not; null: nobody does.</param>
internal sealed class SourcePairs(RepeatFinder finder, bool around, RepeatWatch? watch = null)
{
    /// <summary>Frames before and after a range that decide what becomes of it.</summary>
    public int Context => (finder.Repeats > 1 ? finder.Repeats + finder.Reach : 0) + (around ? finder.Repeats : 0);

    /// <summary>All pairs in order, at last the last frame alone. Their owner is who gets them.</summary>
    /// <param name="input">Its frames are taken over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async IAsyncEnumerable<SourcePair> ReadAsync(ChannelReader<VideoFrame> input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What shows one picture and waits for the next one; of a picture that stands still, its last frame alone.
        List<SourceFrame> run = [];
        var stands = false;
        try
        {
            await foreach (var (frame, isRepeat) in finder.ReadAsync(input, cancellationToken).ConfigureAwait(false))
            {
                run.Add(frame);
                if (run.Count > 1)
                    watch?.Add(run[^2], run[^1]);
                if (run.Count == 1 || (isRepeat && !stands && run.Count <= finder.Repeats))
                    continue;
                stands = isRepeat;
                if (isRepeat)
                {
                    for (var i = 1; i < run.Count; i++)
                        yield return Neighbours(run, i);
                }
                else
                {
                    yield return new SourcePair(run[0], run[^1], run[^2].Frame.Time);
                }
                run[..^1].ForEach(f => f.Release());
                run.RemoveRange(0, run.Count - 1);
            }
            for (var i = 1; i < run.Count; i++)
                yield return Neighbours(run, i);
            if (run.Count > 0)
                yield return new SourcePair(run[^1], null);
        }
        finally
        {
            run.ForEach(f => f.Release());
        }
    }

    private static SourcePair Neighbours(List<SourceFrame> run, int second) => new(run[second - 1], run[second]);
}
