using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Tells which source frames show the picture of the frame before once more. After lossy encoding a repeat differs from its original by
/// coding noise, so that no fixed limit tells it from slow motion: what counts is that less changes than before and after.
/// </summary>
/// <param name="interpolators">Show the frames.</param>
/// <param name="classifier">Measures the change between two frames.</param>
/// <param name="repeats">The most frames in a row that show one picture; 1: nothing is looked for.</param>
internal sealed class RepeatFinder(InterpolatorSet interpolators, PairClassifier classifier, int repeats)
{
    /// <summary>
    /// Of clips whose frames were shown twice or three times and encoded by libx264 with crf 18 to 28, 93 to 99 % of repeats change by less
    /// than this share of what changes around them, and no moving frame of the clips themselves does.
    /// </summary>
    private const double Share = 1.0 / 3;

    /// <summary>The most frames in a row that show one picture.</summary>
    public int Repeats => repeats;

    /// <summary>Frames before and after that decide about a frame.</summary>
    public int Reach => repeats - 1;

    /// <summary>All frames in order. Their owner is who gets them.</summary>
    /// <param name="input">Its frames are taken over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async IAsyncEnumerable<(SourceFrame Frame, bool IsRepeat)> ReadAsync(
        ChannelReader<VideoFrame> input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiting = new Queue<SourceFrame>();
        SourceFrame? newest = null;
        // The change from each frame to the next; `at` is that to the first of those that wait.
        List<double> changes = [];
        var at = -1;
        try
        {
            await foreach (var frame in input.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                var current = interpolators.Show(frame);
                waiting.Enqueue(current);
                if (newest is not null)
                    changes.Add(Change(newest, current));
                newest = current;
                if (waiting.Count > Reach)
                    yield return Next();
            }
            while (waiting.Count > 0)
                yield return Next();
        }
        finally
        {
            foreach (var frame in waiting)
                frame.Release();
        }

        (SourceFrame, bool) Next()
        {
            var isRepeat = at >= 0 && IsRepeat(changes, at);
            if (at == Reach)
                changes.RemoveAt(0);
            else
                at++;
            return (waiting.Dequeue(), isRepeat);
        }
    }

    /// <summary>Whether a change is none: below the limit of stills, or small beside the largest changes shortly before and after it.</summary>
    /// <param name="changes">From each frame to the next, 0 to 1.</param>
    /// <param name="at">Which of them.</param>
    internal bool IsRepeat(IReadOnlyList<double> changes, int at)
    {
        if (repeats == 1)
            return false;
        if (changes[at] <= classifier.StillThreshold)
            return true;
        return StandsOut(changes, at, Reach);
    }

    /// <summary>Whether a change is small beside the largest of <paramref name="reach"/> changes before it and of as many after it.</summary>
    internal static bool StandsOut(IReadOnlyList<double> changes, int at, int reach)
    {
        return changes[at] < Share * Math.Min(Largest(Math.Max(0, at - reach), at), Largest(at + 1, Math.Min(changes.Count, at + 1 + reach)));

        // Near the video's beginning and end, the other side alone counts.
        double Largest(int from, int end) => end - from < reach ? double.PositiveInfinity : Enumerable.Range(from, end - from).Max(i => changes[i]);
    }

    private double Change(SourceFrame first, SourceFrame second) =>
        repeats == 1 || first.View is null ? double.PositiveInfinity : PairClassifier.Change(first.View, second.View!);
}
