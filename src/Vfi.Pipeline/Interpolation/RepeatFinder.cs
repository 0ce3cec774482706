using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Tells which source frames show the picture of the frame before once more. After lossy encoding a repeat differs from its original by
/// coding noise, so that no fixed limit tells it from slow motion: what counts is that less changes than before and after.
/// </summary>
/// <param name="show">Makes a source frame of a frame, whose reference it takes over.</param>
/// <param name="classifier">Measures the change between two frames.</param>
/// <param name="repeats">What is looked for.</param>
internal sealed class RepeatFinder(Func<VideoFrame, SourceFrame> show, PairClassifier classifier, Repeats repeats)
{
    /// <summary>
    /// Of clips whose frames were shown twice or three times and encoded by libx264 with crf 18 to 28, 93 to 99 % of repeats change by less
    /// than this share of what changes around them, and no moving frame of the clips themselves does.
    /// </summary>
    private const double Share = 1.0 / 3;

    /// <summary>What is looked for.</summary>
    public Repeats Repeats => repeats;

    /// <summary>Frames before and after that decide about a frame.</summary>
    public int Reach => repeats.Most - 1;

    /// <summary>All frames in order. Their owner is who gets them.</summary>
    /// <param name="input">Its frames are taken over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async IAsyncEnumerable<(SourceFrame Frame, bool IsRepeat, bool StandsOut)> ReadAsync(
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
                var current = show(frame);
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

        (SourceFrame, bool, bool) Next()
        {
            var (isRepeat, standsOut) = at < 0 ? default : Judge(changes, at);
            if (at == Reach)
                changes.RemoveAt(0);
            else
                at++;
            return (waiting.Dequeue(), isRepeat, standsOut);
        }
    }

    /// <summary>Whether a change is none: below the limit of stills, or so small beside the largest changes shortly before and after it that it stands out.</summary>
    /// <param name="changes">From each frame to the next, 0 to 1.</param>
    /// <param name="at">Which of them.</param>
    internal (bool IsRepeat, bool StandsOut) Judge(IReadOnlyList<double> changes, int at)
    {
        if (repeats.Most == 1)
            return default;
        var standsOut = changes[at] < Share * Math.Min(Largest(Math.Max(0, at - Reach), at), Largest(at + 1, Math.Min(changes.Count, at + 1 + Reach)));
        return (standsOut || changes[at] <= classifier.StillThreshold, standsOut);

        // Near the video's beginning and end, the other side alone counts.
        double Largest(int from, int end) => end - from < Reach ? double.PositiveInfinity : Enumerable.Range(from, end - from).Max(i => changes[i]);
    }

    private double Change(SourceFrame first, SourceFrame second) =>
        repeats.Most == 1 || first.View is null ? double.PositiveInfinity : PairClassifier.Change(first.View, second.View!);
}
