using System.Diagnostics;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Interpolation.Device;

namespace Vfi.Pipeline.Quality;

/// <summary>What a model did at one resolution.</summary>
/// <param name="Width">Of the frames, 8-bit 4:2:0.</param>
/// <param name="Height">Of the frames.</param>
/// <param name="Provider">What it ran on.</param>
/// <param name="Synthesis">Graph or Simd.</param>
/// <param name="LoadSeconds">Until the model could run, with the building of its engine.</param>
/// <param name="Parity">PSNR in dB of each test pattern against the CPU with its own kernels; infinite: equal.</param>
/// <param name="Problem">Why it cannot be trusted; null: it can.</param>
/// <param name="Milliseconds">Median time of each stage alone.</param>
/// <param name="FramesPerSecond">Made frames a second from memory to memory, by how many were in flight.</param>
public sealed record TrialResult(
    int Width, int Height, ExecutionProvider Provider, SynthesisPath Synthesis, double LoadSeconds, IReadOnlyDictionary<string, double> Parity, string? Problem,
    IReadOnlyDictionary<string, double> Milliseconds, IReadOnlyDictionary<int, double> FramesPerSecond);

/// <summary>Loads a model for a resolution, compares it with the CPU, and measures each stage alone and all together.</summary>
/// <param name="factory">Of a model of kind motion.</param>
/// <param name="sessions">Where it is loaded.</param>
/// <param name="note">Told what happens, for people.</param>
public sealed class ProviderTrial(InterpolatorFactory factory, ModelSessions sessions, Action<string> note)
{
    private const int Distinct = 4;

    /// <summary>Each measurement takes at least so long, and at least three runs.</summary>
    public TimeSpan Least { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What makes views and planes; null: as <see cref="InferenceOptions.Synthesis"/> says.</summary>
    public SynthesisPath? Synthesis { get; init; }

    /// <summary>Of the frames.</summary>
    public PixelLayout Layout { get; init; } = PixelLayout.All["yuv420p"];

    /// <param name="reference">The same model on the CPU.</param>
    /// <param name="width">Of the frames.</param>
    /// <param name="height">Of the frames.</param>
    /// <param name="inFlight">How many frames at once, one measurement each.</param>
    /// <param name="cancellationToken">Stops between measurements.</param>
    /// <exception cref="VfiException">The model cannot be loaded, or failed.</exception>
    public async Task<TrialResult> RunAsync(InterpolatorFactory reference, int width, int height, IReadOnlyList<int> inFlight, CancellationToken cancellationToken)
    {
        var format = new FrameFormat(Layout, new ColourDescription(), width, height);
        var settings = new InterpolationSettings { Threads = Environment.ProcessorCount, AtOnce = 1, Synthesis = Synthesis };
        var watch = Stopwatch.StartNew();
        using var set = await factory.CreateAsync(sessions, format, settings, note, cancellationToken).ConfigureAwait(false);
        var seconds = watch.Elapsed.TotalSeconds;
        var parity = new Dictionary<string, double>();
        string? problem;
        using (var trusted = await reference.CreateAsync(sessions, format, settings with { Synthesis = SynthesisPath.Simd }, note, cancellationToken).ConfigureAwait(false))
            problem = ParityCheck.Compare(set, trusted, format, parity.Add);
        var stages = new Dictionary<string, double>();
        var speeds = new Dictionary<int, double>();
        if (parity.Count == TestPattern.Names.Count)
        {
            using var pool = new FramePool(Layout, width, height);
            var clip = Enumerable.Range(0, Distinct).Select(i => TestPattern.Draw(pool, "rotating", i)).ToList();
            Stages(set, clip, pool, stages);
            foreach (var count in inFlight)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var several = await factory.CreateAsync(sessions, format, settings with { AtOnce = count }, note, cancellationToken).ConfigureAwait(false);
                speeds[count] = await SpeedAsync(several, clip, pool, cancellationToken).ConfigureAwait(false);
            }
            clip.ForEach(f => f.Release());
        }
        return new TrialResult(
            width, height, set.Provider, set.IsOnDevice ? SynthesisPath.Graph : SynthesisPath.Simd, seconds, parity, problem, stages, speeds);
    }

    private void Stages(InterpolatorSet set, List<VideoFrame> clip, FramePool pool, Dictionary<string, double> stages)
    {
        SourceFrame first = set.Show(clip[0].Retain()), second = set.Show(clip[1].Retain());
        var target = pool.Rent();
        stages["prepare"] = Median(() =>
        {
            var source = set.Show(clip[2].Retain());
            _ = set.IsOnDevice ? (object?)source.Device : source.View;
            source.Release();
        });
        if (set.All[0] is DeviceInterpolator device)
        {
            stages["motion"] = Median(() => device.Estimate(first, second, 0.5f).Dispose());
            using var motion = device.Estimate(first, second, 0.5f);
            stages["synthesize"] = Median(() => device.Synthesize(first.Device!, second.Device!, motion, target));
        }
        else if (set.All[0] is MotionInterpolator host)
        {
            stages["motion"] = Median(() => host.Estimate(first, second, 0.5f).Dispose());
            using var motion = host.Estimate(first, second, 0.5f);
            stages["synthesize"] = Median(() => host.Synthesize(clip[0], clip[1], host.WithOthers(first.View!, second.View!, motion.Field), target));
        }
        first.Release();
        second.Release();
        target.Release();
    }

    private double Median(Action action)
    {
        action();
        var times = new List<double>();
        for (var all = Stopwatch.StartNew(); all.Elapsed < Least || times.Count < 3;)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return times.Order().ElementAt(times.Count / 2);
    }

    /// <summary>A chain of pairs as twice the rate makes them, as many at once as there are interpolators.</summary>
    private async Task<double> SpeedAsync(InterpolatorSet set, List<VideoFrame> clip, FramePool pool, CancellationToken cancellationToken)
    {
        var working = new Queue<(Task Work, IFrameInterpolator By)>();
        var idle = new Queue<IFrameInterpolator>(set.All);
        var frame = set.Show(clip[0].Retain());
        List<SourcePair> pairs = [Next(1), Next(2)];
        int started = 0, warm = 2 * set.All.Count;
        var watch = new Stopwatch();
        while (!watch.IsRunning || watch.Elapsed < Least || started - warm < 3)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!idle.TryDequeue(out var interpolator))
            {
                var (work, by) = working.Dequeue();
                await work.ConfigureAwait(false);
                interpolator = by;
            }
            if (++started == warm)
                watch.Start();
            pairs.Add(Next(started + 2));
            var (before, pair, after) = (pairs[0], pairs[1].Retain(), pairs[2].Retain());
            pairs.RemoveAt(0);
            working.Enqueue((Task.Run(() => Make(interpolator, before, pair, after, set.IsCurved, pool), CancellationToken.None), interpolator));
        }
        foreach (var (work, _) in working)
            await work.ConfigureAwait(false);
        var speed = (started - warm) / watch.Elapsed.TotalSeconds;
        pairs.ForEach(p => p.Release());
        frame.Release();
        return speed;

        SourcePair Next(int index)
        {
            var next = set.Show(clip[index % clip.Count].Retain());
            var pair = new SourcePair(frame, next);
            frame.Release();
            frame = next;
            return pair;
        }
    }

    private static void Make(IFrameInterpolator interpolator, SourcePair before, SourcePair pair, SourcePair after, bool curved, FramePool pool)
    {
        var target = pool.Rent();
        try
        {
            interpolator.Interpolate(pair, 0.5f, curved ? new Curve(before, after) : null, target);
        }
        finally
        {
            target.Release();
            before.Release();
            pair.Release();
            after.Release();
        }
    }
}
