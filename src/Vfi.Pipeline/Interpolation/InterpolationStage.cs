using System.Collections.Concurrent;
using System.Threading.Channels;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation.Overlays;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Interpolation;

/// <summary>An output frame on its way to the encoder.</summary>
/// <param name="Index">Of the output frame.</param>
/// <param name="Frame">Owned by who takes it.</param>
/// <param name="Origin">What it adds to the counts.</param>
internal readonly record struct OutputFrame(long Index, VideoFrame Frame, FrameCounts Origin);

/// <summary>
/// Turns source frames into output frames: passes, repeats or interpolates, by time alone. As many frames are made at
/// once as there are interpolators; they leave in order.
/// </summary>
/// <param name="interpolators">The caller's.</param>
/// <param name="pairs">Source frames two by two.</param>
/// <param name="classifier">Tells motion from stills and cuts.</param>
/// <param name="timeline">Of the output.</param>
/// <param name="pool">For made frames.</param>
/// <param name="threads">Threads for what is looked for in frames.</param>
internal sealed class InterpolationStage(
    VideoInterpolators interpolators, SourcePairs pairs, PairClassifier classifier, OutputTimeline timeline, FramePool pool, int threads)
    : IDisposable
{
    /// <summary>Seconds before its time from which a frame may be shown in the place of one that is not made.</summary>
    private static readonly Rational Earliest = new(1, 10);

    private static readonly FrameCounts Source = new() { Source = 1 };
    private static readonly FrameCounts Made = new() { Interpolated = 1 };
    private static readonly FrameCounts Still = new() { HeldStill = 1 };
    private static readonly FrameCounts Cut = new() { HeldAtCut = 1 };
    private static readonly FrameCounts FirstOfCut = new() { HeldAtCut = 1, Cuts = 1 };
    private static readonly FrameCounts Held = new() { Held = 1 };

    private readonly Makers _picture = new(interpolators.Picture, interpolators.Cutter);
    private readonly int _count = interpolators.Picture.All.Count;
    private readonly SemaphoreSlim _slots = new(interpolators.Picture.All.Count);
    private Makers? _whole;

    /// <summary>Writes output frames <paramref name="first"/> to <paramref name="end"/> − 1, in order; completes neither channel.</summary>
    public async Task RunAsync(
        long first, long end, ChannelReader<VideoFrame> input, ChannelWriter<OutputFrame> output, CancellationToken cancellationToken)
    {
        var inWork = Channel.CreateBounded<Task<OutputFrame>>(_count);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var deliver = DeliverAsync(inWork.Reader, output, stop);
        try
        {
            await PlanAsync(first, end, input, inWork.Writer, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Delivery failed and stopped the planning; its own exception follows.
        }
        finally
        {
            inWork.Writer.Complete();
            await IdleAsync().ConfigureAwait(false);
            await deliver.ConfigureAwait(false);
        }
    }

    public void Dispose() => _slots.Dispose();

    private static async Task DeliverAsync(ChannelReader<Task<OutputFrame>> inWork, ChannelWriter<OutputFrame> output, CancellationTokenSource stop)
    {
        try
        {
            await foreach (var work in inWork.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                await output.WriteAsync(await work.ConfigureAwait(false), stop.Token).ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task PlanAsync(
        long first, long end, ChannelReader<VideoFrame> input, ChannelWriter<Task<OutputFrame>> inWork, CancellationToken cancellationToken)
    {
        var next = first;
        SourcePair? before = null, pair = null;
        try
        {
            var all = pairs.ReadAsync(input, cancellationToken);
            await foreach (var after in (interpolators.Overlays ? OverlayWatch.MarkAsync(all, threads, cancellationToken) : all).ConfigureAwait(false))
            {
                if (pair is not null)
                    await PlanPairAsync(pair, after).ConfigureAwait(false);
                before?.Release();
                (before, pair) = (pair, after);
            }
            if (pair is not null)
                await PlanPairAsync(pair, null).ConfigureAwait(false);
        }
        finally
        {
            before?.Release();
            pair?.Release();
        }

        async Task PlanPairAsync(SourcePair pair, SourcePair? after)
        {
            var until = pair.Second is null ? end : Math.Min(end, timeline.FirstFrameFrom(pair.SecondTime));
            for (; next < until; next++)
            {
                var work = await MakeAsync(next, before, pair, after, cancellationToken).ConfigureAwait(false);
                await inWork.WriteAsync(work, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Decides what an output frame is; one that must be made is started when an interpolator is free.</summary>
    private async ValueTask<Task<OutputFrame>> MakeAsync(
        long index, SourcePair? before, SourcePair pair, SourcePair? after, CancellationToken cancellationToken)
    {
        var first = pair.First.Frame;
        if (pair.Second is null)
            return Task.FromResult(new OutputFrame(index, first.Retain(), timeline.TimeOf(index) - pair.FirstTime <= timeline.Tolerance ? Source : Held));
        var second = pair.Second.Frame;
        var position = timeline.Position(index, pair.FirstTime, pair.SecondTime);
        if (position.Numerator <= 0)
            return Task.FromResult(new OutputFrame(index, first.Retain(), Source));
        // A repeat is shown until half-way between itself and what follows.
        var isEarly = timeline.Position(index, pair.LastTime, second.Time) > new Rational(1, 2) && second.Time - timeline.TimeOf(index) <= Earliest;
        var nearer = isEarly ? second : first;
        if (pair.First.View is null || second.Time - pair.LastTime > timeline.LongestMotion)
            return Task.FromResult(new OutputFrame(index, nearer.Retain(), Held));
        Look(pair);
        if (pair.Kind == PairKind.Still)
            return Task.FromResult(new OutputFrame(index, nearer.Retain(), Still));
        if (pair.Kind == PairKind.Cut)
        {
            var counts = pair.IsCounted ? Cut : FirstOfCut;
            pair.IsCounted = true;
            return Task.FromResult(new OutputFrame(index, nearer.Retain(), counts));
        }
        Curve? curve = null;
        if (interpolators.Picture.IsCurved)
        {
            Look(before);
            Look(after);
            curve = Curve.Of(before, pair, after);
        }
        var makers = _picture;
        SourcePair bare;
        if (!BordersStand(pair))
        {
            makers = _whole ??= new Makers(await interpolators.WholeAsync(cancellationToken).ConfigureAwait(false), null);
            pair = bare = pair.Whole(makers.Set);
            curve = curve is null ? null : curve with { Before = curve.Before?.Whole(makers.Set), After = curve.After?.Whole(makers.Set) };
        }
        else
        {
            bare = pair.Bare(interpolators);
            curve = curve is null ? null : curve with { Before = curve.Before?.Bare(interpolators), After = curve.After?.Bare(interpolators) };
        }
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        pair.Retain();
        curve?.Before?.Retain();
        curve?.After?.Retain();
        return Task.Run(() => Interpolate(index, makers, pair, bare, curve, (float)position.Value), CancellationToken.None);
    }

    /// <summary>Finds out what lies between a pair's frames, and where its motion is best estimated.</summary>
    private void Look(SourcePair? pair)
    {
        if (pair?.Second is null || pair.Kind is not null)
            return;
        pair.Kind = classifier.Classify(pair.First.View!, pair.Second.View!);
        // What the classifier sees is the picture alone.
        if (pair.Kind == PairKind.Still && !BordersStand(pair))
            pair.Kind = PairKind.Motion;
        pair.MotionPosition = (float)timeline.NearestMiddle(pair.FirstTime, pair.SecondTime).Value;
    }

    private bool BordersStand(SourcePair pair) =>
        interpolators.Cutter is not { } cutter || (pair.BordersStand ??= cutter.BordersStand(pair.First.Frame, pair.Second!.Frame));

    private OutputFrame Interpolate(long index, Makers makers, SourcePair pair, SourcePair bare, Curve? curve, float position)
    {
        var target = pool.Rent();
        if (!makers.Idle.TryPop(out var interpolator))
            throw new InvalidOperationException("more frames in work than slots");
        try
        {
            if (makers.Cutter is { } cutter)
                cutter.Frame(pair.First.Frame, pair.Second!.Frame, position, Make, target);
            else
                Make(target);
            return new OutputFrame(index, target, Made);
        }
        catch
        {
            target.Release();
            throw;
        }
        finally
        {
            makers.Idle.Push(interpolator);
            pair.Release();
            curve?.Before?.Release();
            curve?.After?.Release();
            _slots.Release();
        }

        void Make(VideoFrame picture)
        {
            interpolator.Interpolate(bare, position, curve, picture);
            if (pair.Overlay is { } overlay)
                OverlayPixels.PutOn(overlay, pair.First.Picture, pair.Second!.Picture, position, picture);
        }
    }

    /// <summary>Waits until no interpolator works: they may be disposed of after a failure.</summary>
    private async Task IdleAsync()
    {
        for (var i = 0; i < _count; i++)
            await _slots.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        _slots.Release(_count);
    }

    /// <summary>Interpolators of one set, and those of them that are free.</summary>
    /// <param name="Set">The set.</param>
    /// <param name="Cutter">Takes pictures out of their borders; null: the set is of whole frames.</param>
    private sealed record Makers(InterpolatorSet Set, PictureCutter? Cutter)
    {
        public ConcurrentStack<IFrameInterpolator> Idle { get; } = new(Set.All);
    }
}
