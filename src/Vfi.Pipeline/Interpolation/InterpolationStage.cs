using System.Threading.Channels;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Interpolation;

/// <summary>An output frame on its way to the encoder.</summary>
/// <param name="Index">Of the output frame.</param>
/// <param name="Frame">Owned by who takes it.</param>
/// <param name="Origin">What it adds to the counts.</param>
internal readonly record struct OutputFrame(long Index, VideoFrame Frame, FrameCounts Origin);

/// <summary>Turns source frames into output frames: passes, repeats or interpolates, by time alone.</summary>
internal sealed class InterpolationStage(
    IFrameInterpolator interpolator, PairClassifier classifier, ViewBuilder views, OutputTimeline timeline, FramePool pool)
{
    private static readonly FrameCounts Source = new() { Source = 1 };
    private static readonly FrameCounts Made = new() { Interpolated = 1 };
    private static readonly FrameCounts Still = new() { HeldStill = 1 };
    private static readonly FrameCounts Cut = new() { HeldAtCut = 1 };
    private static readonly FrameCounts FirstOfCut = new() { HeldAtCut = 1, Cuts = 1 };
    private static readonly FrameCounts Held = new() { Held = 1 };

    private ReducedView? _firstView;
    private ReducedView? _secondView;
    private Rational? _secondViewed;

    /// <summary>Writes output frames <paramref name="first"/> to <paramref name="end"/> − 1, in order; completes neither channel.</summary>
    public async Task RunAsync(
        long first, long end, ChannelReader<VideoFrame> input, ChannelWriter<OutputFrame> output, CancellationToken cancellationToken)
    {
        VideoFrame? previous = null;
        var next = first;
        try
        {
            await foreach (var frame in input.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    if (previous is not null)
                    {
                        var until = Math.Min(end, timeline.FirstFrameFrom(frame.Time));
                        PairKind? kind = null;
                        for (; next < until; next++)
                        {
                            var item = Make(next, previous, frame, ref kind);
                            await output.WriteAsync(item, cancellationToken).ConfigureAwait(false);
                        }
                    }
                    previous?.Release();
                    previous = frame.Retain();
                }
                finally
                {
                    frame.Release();
                }
            }
            for (; next < end && previous is not null; next++)
            {
                var origin = timeline.TimeOf(next) - previous.Time <= timeline.Tolerance ? Source : Held;
                await output.WriteAsync(new OutputFrame(next, previous.Retain(), origin), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            previous?.Release();
        }
    }

    private OutputFrame Make(long index, VideoFrame first, VideoFrame second, ref PairKind? kind)
    {
        var position = timeline.Position(index, first.Time, second.Time);
        if (position.Numerator <= 0)
            return new OutputFrame(index, first.Retain(), Source);
        var nearer = position <= new Rational(1, 2) ? first : second;
        if (interpolator.ViewDivisor is null)
            return new OutputFrame(index, nearer.Retain(), Held);
        var isNew = kind is null;
        kind ??= Classify(first, second);
        if (kind == PairKind.Still)
            return new OutputFrame(index, nearer.Retain(), Still);
        if (kind == PairKind.Cut)
            return new OutputFrame(index, nearer.Retain(), isNew ? FirstOfCut : Cut);
        var target = pool.Rent();
        try
        {
            interpolator.Interpolate(first, second, _firstView, _secondView, (float)position.Value, target);
        }
        catch
        {
            target.Release();
            throw;
        }
        return new OutputFrame(index, target, Made);
    }

    private PairKind Classify(VideoFrame first, VideoFrame second)
    {
        // Neighbouring pairs share a frame, whose view is made once.
        if (_secondViewed == first.Time)
            (_firstView, _secondView) = (_secondView, _firstView);
        else
            _firstView = Build(first, _firstView);
        _secondViewed = second.Time;
        _secondView = Build(second, _secondView);
        return classifier.Classify(_firstView!, _secondView);
    }

    private ReducedView Build(VideoFrame frame, ReducedView? view)
    {
        view ??= new ReducedView(frame.Width, frame.Height, interpolator.ViewDivisor!.Value, interpolator.ViewAlignment);
        views.Build(frame, view);
        return view;
    }
}
