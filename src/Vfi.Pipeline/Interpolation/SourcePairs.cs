using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Source frames two by two, as frames are made between them: neighbours, or, where a picture is repeated and is not shown longer than
/// the finder allows, the first of each picture and the first of the next. So animation that is drawn on twos or
/// threes, and video of a lower rate in a file of a higher one, move evenly, the latter at its pictures' own times (<see cref="Cadence"/>).
/// Depends on <see cref="Context"/> frames before and after alone.
/// </summary>
/// <param name="finder">Gives the frames and tells repeats.</param>
/// <param name="around">Whether the pairs before and after are needed, too.</param>
/// <param name="watches">See all frames.</param>
internal sealed class SourcePairs(RepeatFinder finder, bool around, IReadOnlyList<ISourceWatch> watches)
{
    /// <summary>Frames after a picture's first that must be known before its pair is given.</summary>
    private int Ahead => finder.Repeats > 1 ? Cadence.Ahead : 0;

    /// <summary>Frames before and after a range that decide what becomes of it.</summary>
    public int Context => (finder.Repeats > 1 ? 2 * finder.Repeats + finder.Reach + Cadence.Behind : 0) + (around ? finder.Repeats : 0);

    /// <summary>All pairs in order, at last the last frame alone. Their owner is who gets them.</summary>
    /// <param name="input">Its frames are taken over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async IAsyncEnumerable<SourcePair> ReadAsync(ChannelReader<VideoFrame> input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiting = new Queue<Picture>();
        List<PictureStart> starts = [];
        // Of the first that waits, and of the one after it.
        var (at, time) = (0, default(Rational?));
        try
        {
            await foreach (var picture in PicturesAsync(input, cancellationToken).ConfigureAwait(false))
            {
                waiting.Enqueue(picture);
                starts.Add(picture.Start);
                while (waiting.Count > 1 && starts[^1].Frame >= starts[at + 1].Frame + Ahead)
                    yield return Next();
            }
            while (waiting.Count > 0)
                yield return Next();
        }
        finally
        {
            foreach (var picture in waiting)
                picture.Frame.Release();
        }

        SourcePair Next()
        {
            var first = waiting.Dequeue();
            var firstTime = time ?? TimeOf(at);
            waiting.TryPeek(out var second);
            time = second is null ? null : TimeOf(at + 1);
            var pair = new SourcePair(first.Frame, second?.Frame) { FirstTime = firstTime, SecondTime = time ?? firstTime, LastTime = first.LastTime };
            first.Frame.Release();
            at++;
            var old = starts.FindIndex(s => s.Frame >= starts[Math.Min(at, starts.Count - 1)].Frame - Cadence.Behind);
            starts.RemoveRange(0, old);
            at -= old;
            return pair;
        }

        Rational TimeOf(int picture) => finder.Repeats > 1 ? Cadence.TimeOf(starts, picture) : starts[picture].Time;
    }

    /// <summary>What is shown, one after the other: the first frame of each picture, and each frame of what stands.</summary>
    private async IAsyncEnumerable<Picture> PicturesAsync(ChannelReader<VideoFrame> input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What shows one picture and waits for the next one; of a picture that stands still, its last frame alone.
        List<SourceFrame> run = [];
        var stands = false;
        long number = 0;
        try
        {
            await foreach (var (frame, isRepeat) in finder.ReadAsync(input, cancellationToken).ConfigureAwait(false))
            {
                run.Add(frame);
                foreach (var watch in run.Count > 1 ? watches : [])
                    watch.Add(run[^2], run[^1]);
                if (run.Count == 1 || (isRepeat && !stands && run.Count <= finder.Repeats))
                    continue;
                stands = isRepeat;
                if (isRepeat)
                {
                    while (run.Count > 1)
                        yield return First(1);
                }
                else
                {
                    yield return First(run.Count - 1);
                }
            }
            while (run.Count > 0)
                yield return First(1);
        }
        finally
        {
            run.ForEach(f => f.Release());
        }

        // Takes so many frames that show one picture.
        Picture First(int frames)
        {
            var picture = new Picture(run[0], new PictureStart(number, run[0].Frame.Time), run[frames - 1].Frame.Time);
            run[1..frames].ForEach(f => f.Release());
            run.RemoveRange(0, frames);
            number += frames;
            return picture;
        }
    }

    /// <param name="Frame">The first that shows it.</param>
    /// <param name="Start">When that is.</param>
    /// <param name="LastTime">When it is shown for the last time.</param>
    private sealed record Picture(SourceFrame Frame, PictureStart Start, Rational LastTime);
}
