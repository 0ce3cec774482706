using System.Collections.Concurrent;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation.Device;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Interpolators that share one loaded model, and what makes source frames ready for them.</summary>
public sealed class InterpolatorSet : IDisposable
{
    private static readonly ConcurrentBag<InterpolatorSet> Hung = [];

    private readonly ViewPool? _views;
    private readonly DeviceFrames? _device;
    private readonly IReadOnlyList<IDisposable> _buffers;
    private readonly IReadOnlyList<ModelLease> _leases;

    /// <param name="all">At least one.</param>
    /// <param name="provider">What the model really runs on.</param>
    /// <param name="views">Null: no views are wanted, nor scene cuts and stills.</param>
    /// <param name="device">Null: frames stay with the host.</param>
    /// <param name="buffers">Disposed with the set.</param>
    /// <param name="leases">Of the loaded graphs; given back with the set.</param>
    internal InterpolatorSet(
        IReadOnlyList<IFrameInterpolator> all, ExecutionProvider provider, ViewPool? views = null, DeviceFrames? device = null,
        IReadOnlyList<IDisposable>? buffers = null, IReadOnlyList<ModelLease>? leases = null) =>
        (All, Provider, _views, _device, _buffers, _leases) = (all, provider, views, device, buffers ?? [], leases ?? []);

    public IReadOnlyList<IFrameInterpolator> All { get; }

    /// <summary>What the model really runs on.</summary>
    public ExecutionProvider Provider { get; }

    /// <summary>Whether frames are prepared and made by graphs where the model runs.</summary>
    public bool IsOnDevice => _device is not null;

    /// <summary>Whether one of its sessions had a failed run.</summary>
    internal bool HasFailed => _leases.Any(l => l.Model.Failure is not null);

    /// <summary>Whether motion is bent by what is around a pair.</summary>
    public bool IsCurved { get; private init; }

    /// <summary>Makes one frame between two of evenly spaced ones, by one of the interpolators.</summary>
    /// <param name="before">The frame before them; null: it is not known. Without it and <paramref name="after"/> everything moves in a straight line.</param>
    /// <param name="first">Shown at 0.</param>
    /// <param name="second">Shown at 1.</param>
    /// <param name="after">The frame after them, or null.</param>
    /// <param name="position">Above 0, below 1.</param>
    /// <param name="target">Filled.</param>
    public void Interpolate(VideoFrame? before, VideoFrame first, VideoFrame second, VideoFrame? after, float position, VideoFrame target)
    {
        var sources = new VideoFrame?[] { before, first, second, after }.Select(f => f is null ? null : Show(f.Retain())).ToList();
        SourcePair? Pair(int i) => sources[i] is { } a && sources[i + 1] is { } b ? new SourcePair(a, b) : null;
        SourcePair? past = Pair(0), pair = Pair(1), future = Pair(2);
        try
        {
            var curve = IsCurved && (past ?? future) is not null ? new Curve(past, future) : null;
            All[0].Interpolate(pair!, position, curve, target);
        }
        finally
        {
            past?.Release();
            pair!.Release();
            future?.Release();
            sources.ForEach(s => s?.Release());
        }
    }

    /// <summary>As the other, in a straight line.</summary>
    public void Interpolate(VideoFrame first, VideoFrame second, float position, VideoFrame target) => Interpolate(null, first, second, null, position, target);

    public void Dispose()
    {
        if (_leases.Any(l => l.Model.IsHung))
        {
            // The run that never ended still uses what it was given.
            Hung.Add(this);
        }
        else
        {
            foreach (var buffer in _buffers)
                buffer.Dispose();
        }
        foreach (var lease in _leases)
            lease.Dispose();
    }

    /// <summary>A source frame for these interpolators.</summary>
    /// <param name="frame">One reference is taken over.</param>
    /// <param name="picture">Makes its picture of the set's format; null: the frame is.</param>
    internal SourceFrame Show(VideoFrame frame, Func<VideoFrame, VideoFrame>? picture = null) => new(frame, _views, _device, picture);

    /// <summary>A set of a loaded model that runs on host memory.</summary>
    internal static InterpolatorSet OnHost(
        string name, ModelKind kind, ModelGraph graph, OnnxModel model, FrameFormat format, ViewShape view, int count, int threads, MotionRules rules,
        IReadOnlyList<ModelLease>? leases = null)
    {
        var each = Math.Max(1, threads / count);
        var builder = new ViewBuilder(format, each);
        var motions = new MotionPool();
        return new InterpolatorSet(
            [.. Enumerable.Range(0, count).Select(IFrameInterpolator (_) => kind == ModelKind.Frame ? new FrameModelInterpolator(graph, model, builder)
                : new MotionInterpolator(name, model, motions, each, format.Colour, rules.OtherFlows))],
            model.Provider, Views(format, view, threads), leases: leases)
        {
            IsCurved = rules.Curved && kind == ModelKind.Motion,
        };
    }

    /// <summary>A set whose frames stay where the model runs.</summary>
    /// <param name="sessions">Loads the graphs around the model.</param>
    /// <param name="name">The model's, for messages.</param>
    /// <param name="motion">Of kind motion; taken over.</param>
    /// <param name="format">Of the frames.</param>
    /// <param name="view">Of the model.</param>
    /// <param name="count">Frames made at once.</param>
    /// <param name="threads">On the CPU, for all together.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="VfiException">The provider cannot take the graphs or lacks memory (environment).</exception>
    internal static async Task<InterpolatorSet> OnDeviceAsync(
        ModelSessions sessions, string name, ModelLease motion, FrameFormat format, ViewShape view, int count, int threads, CancellationToken cancellationToken)
    {
        var leases = new List<ModelLease> { motion };
        var buffers = new Stack<IDisposable>();
        try
        {
            var provider = motion.Model.Provider;
            var rules = MotionRules.Of(sessions.Options);
            async Task<OnnxModel> LoadAsync(string graph)
            {
                var lease = await sessions.OpenGraphAsync(graph, provider, Math.Max(1, threads / count), cancellationToken).ConfigureAwait(false);
                leases.Add(lease);
                return lease.Model;
            }
            var prepare = await LoadAsync(DeviceGraphs.Prepare(format.Layout)).ConfigureAwait(false);
            var graphs = new SynthesisGraphs(
                await LoadAsync(DeviceGraphs.Synthesize(format.Layout, rules.OtherFlows)).ConfigureAwait(false),
                rules.OtherFlows ? await LoadAsync(DeviceGraphs.Neighbours(isCurved: false)).ConfigureAwait(false) : null,
                rules is { OtherFlows: true, Curved: true } ? await LoadAsync(DeviceGraphs.Neighbours(isCurved: true)).ConfigureAwait(false) : null,
                rules.Curved ? await LoadAsync(DeviceGraphs.Bend).ConfigureAwait(false) : null);
            var memory = new DeviceMemory(prepare, sessions.Options.Device);
            buffers.Push(memory);
            var frames = new DeviceFrames(prepare, memory, format, view);
            buffers.Push(frames);
            var all = new List<IFrameInterpolator>();
            for (var i = 0; i < count; i++)
            {
                var one = new DeviceInterpolator(name, motion.Model, graphs, memory, format, view);
                buffers.Push(one);
                all.Add(one);
            }
            return new InterpolatorSet(all, provider, Views(format, view, threads, lumaOnly: true), frames, [.. buffers], leases) { IsCurved = rules.Curved };
        }
        catch
        {
            while (buffers.TryPop(out var buffer))
                buffer.Dispose();
            leases.ForEach(l => l.Dispose());
            throw;
        }
    }

    internal static ViewPool Views(FrameFormat format, ViewShape view, int threads, bool lumaOnly = false) =>
        new(new ViewBuilder(format, threads), format.Width, format.Height, view, lumaOnly);
}

/// <summary>What frames are like.</summary>
public sealed record FrameFormat(PixelLayout Layout, ColourDescription Colour, int Width, int Height)
{
    /// <summary>The size of the frames that these are the pictures of: it tells the motion scale, and a matrix that is not told.</summary>
    public (int Width, int Height) Whole { get; init; } = (Width, Height);
}
