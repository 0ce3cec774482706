using System.Diagnostics;
using Vfi.Pipeline.Chunks;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Interpolation.Overlays;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline;

/// <summary>A conversion with every decision taken: makes the missing chunks, joins and verifies.</summary>
internal sealed class ConversionJob(Decisions decided)
{
    public IReadOnlyList<Chunk> Chunks { get; } = ChunkPlan.Create(decided.Timeline, decided.Options.ChunkSeconds);

    public async Task<ConversionReport> RunAsync(
        ChunkStore store, ModelSessions sessions, IConversionObserver observer, Stopwatch watch, CancellationToken cancellationToken)
    {
        if (store.RestartReason is { } reason)
            observer.Note($"starting anew instead of going on from {store.Folder}: {reason}");
        using var interpolators = store.Finished.Count == Chunks.Count ? null : await OpenAsync(sessions, observer, cancellationToken).ConfigureAwait(false);
        var plan = Describe(store, interpolators?.Picture.Provider ?? decided.Interpolators.Provider);
        observer.Planned(plan);
        var missing = interpolators is null ? 0
            : await MakeChunksAsync(store, interpolators, observer, plan.FinishedFrames, cancellationToken).ConfigureAwait(false);
        var streams = await CaptionedAsync(store, observer, cancellationToken).ConfigureAwait(false);
        observer.Phase("joining");
        var temporary = Path.Combine(Path.GetDirectoryName(decided.Output)!, HiddenName.Of(Path.GetFileName(decided.Output), ".", ".vfi-part" + Path.GetExtension(decided.Output)));
        try
        {
            var muxer = new Muxer(decided.Media, decided.Source, decided.Timeline, decided.Pixels.Colour, decided.Container, streams);
            await muxer.RunAsync(
                store.Finished.OrderBy(c => c.Key).Select(c => (c.Value.File, c.Value.Count)), Path.Combine(store.Folder, "chunks.ffconcat"),
                temporary, decided.Output, decided.TurnsPicture ? 0 : decided.Media.Video.Rotation, decided.FfmpegMajor, observer, cancellationToken).ConfigureAwait(false);
            observer.Phase("verifying");
            await OutputVerifier.VerifyAsync(temporary, decided.Output, decided.Timeline, streams, decided.Media, observer, cancellationToken).ConfigureAwait(false);
            // The chunks go when the output has its name: from then on it must outlive a crash of the machine.
            using (var stream = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite))
                stream.Flush(flushToDisk: true);
            File.Move(temporary, decided.Output, decided.Options.Overwrite);
        }
        catch (Exception e) when (DiskSpace.Explains(e, Path.GetDirectoryName(decided.Output)!))
        {
            throw DiskSpace.Failure(Path.GetDirectoryName(decided.Output)!, e);
        }
        finally
        {
            File.Delete(temporary);
        }
        return new ConversionReport(plan, store.Counts, missing, plan.OutputFrames - plan.FinishedFrames, watch.Elapsed.TotalSeconds);
    }

    private async Task<VideoInterpolators> OpenAsync(ModelSessions sessions, IConversionObserver observer, CancellationToken cancellationToken)
    {
        var format = new FrameFormat(decided.Pixels.Layout, decided.Pixels.Colour, decided.Width, decided.Height);
        var settings = new InterpolationSettings { MotionSize = decided.Options.MotionSize, Threads = decided.Threads, Synthesis = decided.Options.Synthesis };
        Task<InterpolatorSet> CreateAsync(FrameFormat of, CancellationToken token) => decided.Interpolators.CreateAsync(sessions, of, settings, observer.Note, token);
        PictureCutter? cutter = null;
        if (!decided.Interpolators.IsHold)
        {
            observer.Phase("looking for borders");
            if (await BorderLook.FindAsync(decided.Media, decided.TurnsPicture, format.Layout, format.Width, format.Height, cancellationToken).ConfigureAwait(false) is { } picture)
            {
                cutter = new PictureCutter(picture, format, decided.Threads);
                observer.Note($"the picture has black borders, which stay as they are: {picture.Shown} is interpolated");
            }
        }
        observer.Phase("loading the model");
        var pictures = cutter?.Format ?? format;
        return new VideoInterpolators(
            await CreateAsync(pictures, cancellationToken).ConfigureAwait(false), pictures, cutter, sessions.Options.Overlays && decided.Interpolators.Manifest is not null, token => CreateAsync(format, token));
    }

    /// <summary>Brings the closed captions into the work folder, if there are any.</summary>
    private async Task<StreamPlan> CaptionedAsync(ChunkStore store, IConversionObserver observer, CancellationToken cancellationToken)
    {
        if (!decided.Streams.HasCaptions)
            return decided.Streams;
        observer.Phase("reading closed captions");
        return await Captions.ExtractAsync(decided.Media, Path.Combine(store.Folder, Captions.FileName), observer, cancellationToken).ConfigureAwait(false)
            ? decided.Streams : StreamPlan.Create(decided.Media, decided.Container, decided.Encoder.Encoder, captions: false);
    }

    private async Task<int> MakeChunksAsync(
        ChunkStore store, VideoInterpolators interpolators, IConversionObserver observer, long done, CancellationToken cancellationToken)
    {
        observer.Phase("converting");
        using var pool = new FramePool(decided.Pixels.Layout, decided.Width, decided.Height);
        var classifier = new PairClassifier(decided.Options.SceneCut, decided.Options.Still);
        var around = (interpolators.Picture.IsCurved ? 1 : 0) + (interpolators.Overlays ? OverlayWatch.Reach : 0);
        var pairs = new SourcePairs(new RepeatFinder(interpolators.Show, classifier, decided.Repeats), around, decided.Source.GridRate, Fields(observer), observer.Note);
        using var stage = new InterpolationStage(interpolators, pairs, classifier, decided.Timeline, pool, decided.Threads);
        var decode = new DecodeOptions(decided.Pixels)
        {
            ScanFilter = decided.ScanFilter,
            Rotate = decided.TurnsPicture,
            TolerateDamage = decided.Options.TolerateDamage,
            HardwareAcceleration = decided.Hardware,
            Threads = decided.Options.Threads,
        };
        var writer = new FrameWriter(decided.Encoder, decided.Pixels.Colour, decided.SampleAspectRatio, decided.Media.Video.Spatial, decided.Timeline.Fps, decided.Threads);
        var missing = 0;
        foreach (var run in ChunkPlan.MissingRuns(Chunks, c => store.Finished.ContainsKey(c.Index)).ToList())
        {
            var reader = new FrameReader(decided.Media, decided.Index, decided.Source, decode, pairs.Context, pool);
            var runner = new ChunkRunner(reader, stage, writer, pool, decided.Timeline, store, decided.Encoder.Encoder.ChunkFormat)
            {
                ChunkFinished = chunk => observer.ChunkFinished(store.Folder, chunk),
                StopAfterChunk = decided.Options.StopAfterChunk,
            };
            await runner.RunAsync(run, () => observer.Progress(Interlocked.Increment(ref done)), cancellationToken).ConfigureAwait(false);
            missing += reader.MissingFrames;
            if (reader.MissingFrames > 0)
                observer.Note($"{reader.MissingFrames} source frames could not be decoded and were bridged{(reader.Complaint is null ? "" : $" ({reader.Complaint})")}");
            else if (decided.Index.Leading == 0 && reader is { IsFromStart: true, Complaint: { } complaint })
                observer.Note($"all source frames were decoded, but pictures may be damaged: the decoder complained ({complaint})");
        }
        return missing;
    }

    /// <summary>What sees fields that are not marked.</summary>
    private FieldWatch? Fields(IConversionObserver observer)
    {
        var (source, video) = (decided.Source, decided.Media.Video);
        return decided.Options.Scan is ScanSource.Auto or ScanSource.Marked && video.MayHideFields && !decided.TurnsPicture && source.Rate <= 30
            ? new FieldWatch(source.Rate, Telecine.Suits(source) && !decided.Options.TolerateDamage, observer.Note) : null;
    }

    private ConversionPlan Describe(ChunkStore store, ExecutionProvider provider) => new(
        decided.Media.Path, decided.Output, decided.Width, decided.Height, decided.Pixels.Layout.Name, decided.Media.Video.Codec, decided.Index.Pts.Count, decided.Source.Rate, decided.Source.IsConstantRate,
        decided.Timeline.Fps, decided.Timeline.FrameCount, decided.Source.Duration, decided.Interpolators.Name, ProviderSelection.Name(provider),
        decided.Encoder.Encoder.Name, Chunks.Count, store.Finished.Count, store.Finished.Values.Sum(c => c.Count));
}
