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
/// <param name="around">So many pairs before and after are needed, too.</param>
/// <param name="grid">The rate on whose places the frames lie: empty ones count as repeats that were left out; null: there is none.</param>
/// <param name="fields">Sees all frames; null: there is nothing to see.</param>
/// <param name="note">Told for people, once, that repeats which nobody asked for are bridged.</param>
internal sealed class SourcePairs(RepeatFinder finder, int around, Rational? grid, FieldWatch? fields, Action<string> note)
{
    private bool _isTold;

    private Repeats Repeats => finder.Repeats;

    /// <summary>Frames after a picture's first that must be known before it is given.</summary>
    private int Ahead => Repeats.Most > 1 ? Cadence.Ahead : 0;

    /// <summary>Frames before and after a range that decide what becomes of it.</summary>
    public int Context => (Repeats.Most > 1 ? 2 * Repeats.Most + finder.Reach + Cadence.Behind : 0) + around * Repeats.Most;

    /// <summary>All pairs in order, at last the last frame alone. Their owner is who gets them.</summary>
    /// <param name="input">Its frames are taken over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async IAsyncEnumerable<SourcePair> ReadAsync(ChannelReader<VideoFrame> input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Shown? first = null;
        try
        {
            await foreach (var second in ShownAsync(input, cancellationToken).ConfigureAwait(false))
            {
                var pair = first?.With(second);
                first?.Frame.Release();
                first = second;
                if (pair is not null)
                    yield return pair;
            }
            if (first is not null)
                yield return first.With(null);
        }
        finally
        {
            first?.Frame.Release();
        }
    }

    /// <summary>What frames are made between, one after the other.</summary>
    private async IAsyncEnumerable<Shown> ShownAsync(ChannelReader<VideoFrame> input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiting = new Queue<Picture>();
        var ready = new Queue<Shown>();
        // The first that waits begins at `at`.
        List<PictureStart> starts = [];
        var at = 0;
        try
        {
            await foreach (var picture in PicturesAsync(input, cancellationToken).ConfigureAwait(false))
            {
                waiting.Enqueue(picture);
                starts.Add(picture.Start);
                while (waiting.Count > 0 && starts[^1].Frame >= starts[at].Frame + Ahead)
                    Decide();
                while (ready.TryDequeue(out var shown))
                    yield return shown;
            }
            while (waiting.Count > 0)
                Decide();
            while (ready.TryDequeue(out var shown))
                yield return shown;
        }
        finally
        {
            foreach (var frame in waiting.SelectMany(p => p.Frames).Concat(ready.Select(s => s.Frame)))
                frame.Release();
        }

        void Decide()
        {
            var frames = waiting.Dequeue().Frames;
            var isOne = Repeats.Most > 1 && (!Repeats.OnlyMany || RepeatShare.IsMany(starts, at));
            var time = isOne ? Cadence.TimeOf(starts, at) : starts[at].Time;
            at++;
            var old = starts.FindIndex(s => s.Frame >= starts[Math.Min(at, starts.Count - 1)].Frame - Cadence.Behind);
            starts.RemoveRange(0, old);
            at -= old;
            if (!isOne)
            {
                frames.ForEach(f => ready.Enqueue(new Shown(f, f.Frame.Time, f.Frame.Time)));
                return;
            }
            if (frames.Count > 1 && Repeats.OnlyMany && !_isTold)
            {
                _isTold = true;
                note("source frames show the picture before once more: motion goes on through them (--repeats 1: they stay as they are)");
            }
            ready.Enqueue(new Shown(frames[0], time, frames[^1].Frame.Time));
            frames[1..].ForEach(f => f.Release());
        }
    }

    /// <summary>What shows one picture each, in order; of pictures that stand, each frame alone.</summary>
    private async IAsyncEnumerable<Picture> PicturesAsync(ChannelReader<VideoFrame> input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What shows one picture and waits for the next one; of a picture that stands still, its last frame alone.
        List<(SourceFrame Frame, bool StandsOut)> run = [];
        var stands = false;
        // The place after the last one that was taken; without a grid each frame has one.
        long? next = null;
        try
        {
            await foreach (var (frame, isRepeat, standsOut) in finder.ReadAsync(input, cancellationToken).ConfigureAwait(false))
            {
                run.Add((frame, standsOut));
                if (run.Count > 1)
                    fields?.Add(run[^2].Frame, frame);
                if (run.Count == 1 || (isRepeat && !stands && run.Count <= Repeats.Most))
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
            run.ForEach(f => f.Frame.Release());
        }

        // Takes so many frames that show one picture.
        Picture First(int count)
        {
            var taken = run[..count];
            run.RemoveRange(0, count);
            var time = taken[0].Frame.Frame.Time;
            // Decoders may give what lies beside the grid.
            var place = grid is { } rate ? Math.Max((time * rate).Round(), next ?? long.MinValue) : next ?? 0;
            var empty = place - (next ?? place);
            next = grid is { } g ? Math.Max((taken[^1].Frame.Frame.Time * g).Round() + 1, place + count) : place + count;
            return new Picture([.. taken.Select(f => f.Frame)], new PictureStart(place, time, taken.Count(f => f.StandsOut) + (empty < Repeats.Most ? (int)empty : 0)));
        }
    }

    /// <param name="Frames">That show it.</param>
    /// <param name="Start">When that begins.</param>
    private sealed record Picture(List<SourceFrame> Frames, PictureStart Start);

    /// <param name="Frame">Shows it first.</param>
    /// <param name="Time">When it was so.</param>
    /// <param name="LastTime">When it is shown for the last time.</param>
    private sealed record Shown(SourceFrame Frame, Rational Time, Rational LastTime)
    {
        public SourcePair With(Shown? second) => new(Frame, second?.Frame) { FirstTime = Time, SecondTime = second?.Time ?? Time, LastTime = LastTime };
    }
}
