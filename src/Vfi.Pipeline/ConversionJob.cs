using System.Diagnostics;
using System.Globalization;
using Vfi.Pipeline.Chunks;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline;

/// <summary>A conversion with every decision taken, ready to run.</summary>
internal sealed class ConversionJob
{
    private readonly ConversionOptions _options;
    private readonly MediaInfo _media;
    private readonly PacketIndex _index;
    private readonly SourceTimeline _source;
    private readonly OutputTimeline _timeline;
    private readonly PixelConversion _pixels;
    private readonly EncoderSettings _encoder;
    private readonly Container _container;
    private readonly StreamPlan _streams;
    private readonly InterpolatorFactory _interpolators;
    private readonly string? _hardware;
    private readonly int _ffmpegMajor;
    private readonly string _output;

    private ConversionJob(
        ConversionOptions options, MediaInfo media, PacketIndex index, SourceTimeline source, OutputTimeline timeline, PixelConversion pixels,
        EncoderSettings encoder, Container container, StreamPlan streams, InterpolatorFactory interpolators, string? hardware, int ffmpegMajor, string output)
    {
        (_options, _media, _index, _source, _timeline, _pixels, _encoder) = (options, media, index, source, timeline, pixels, encoder);
        (_container, _streams, _interpolators, _hardware, _ffmpegMajor, _output) = (container, streams, interpolators, hardware, ffmpegMajor, output);
        Chunks = ChunkPlan.Create(timeline, options.ChunkSeconds);
        WorkFolder = options.WorkFolder ?? Path.Combine(Path.GetDirectoryName(output)!, HiddenName.Of(Path.GetFileName(output), ".", ".vfi"));
    }

    public IReadOnlyList<Chunk> Chunks { get; }

    public string WorkFolder { get; }

    /// <summary>The display matrix cannot be carried (ffmpeg writes none that mirrors): the picture itself is turned.</summary>
    private bool TurnsPicture => _media.Video.IsMirrored || (_media.Video.Rotation != 0 && !_container.Rotation);

    private bool SwapsSides => TurnsPicture && _media.Video.Rotation % 180 == 90;

    private int Width => SwapsSides ? _media.Video.Height : _media.Video.Width;

    private int Height => SwapsSides ? _media.Video.Width : _media.Video.Height;

    private string? SampleAspectRatio => SwapsSides && _media.Video.SampleAspectRatio?.Split(':') is [var x, var y] ? $"{y}:{x}" : _media.Video.SampleAspectRatio;

    private int Threads => _options.Threads ?? Environment.ProcessorCount;

    public static async Task<ConversionJob> PlanAsync(
        ConversionOptions options, ModelCatalogue catalogue, MediaInfo media, PacketIndex index, SourceTimeline source, OutputTimeline timeline,
        int ffmpegMajor, IConversionObserver observer, CancellationToken cancellationToken)
    {
        var layout = PixelLayout.Nearest(media.Video.PixelFormat, out _);
        var (encoder, fed) = await EncoderChoice.ChooseAsync(
            options.Encoder, layout, media.Video.Width, media.Video.Height, options.PixelFormat, options.Crf, options.Preset, cancellationToken).ConfigureAwait(false);
        var output = OutputPath.Resolve(options, timeline.Fps, encoder.Encoder);
        var container = Container.For(output, encoder.Encoder);
        var pixels = PixelConversion.Plan(media.Video, fed == layout ? null : fed);
        var interpolators = InterpolatorFactory.Open(catalogue, options.Model, options.Provider);
        var streams = StreamPlan.Create(media, container, encoder.Encoder, media.Video.HasCaptions);
        await AudioTrial.RequireAsync(media, streams, cancellationToken).ConfigureAwait(false);
        var hardware = await HardwareDecoding.ChooseAsync(options.HardwareDecoding, media, cancellationToken).ConfigureAwait(false);
        var job = new ConversionJob(
            options, media, index, source, timeline, pixels, encoder, container, streams, interpolators, hardware, ffmpegMajor, output);
        job.Explain(observer);
        return job;
    }

    /// <summary>What earlier chunks must have been made from to be of use.</summary>
    /// <param name="inference">How the model is to run.</param>
    public ChunkManifest Identity(InferenceOptions inference) => new()
    {
        Input = InputIdentity.Of(_media.Path, _index),
        Options = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["version"] = VideoConverter.Version,
            ["fps"] = _timeline.Fps.ToString(),
            ["frames"] = _timeline.FrameCount.ToString(CultureInfo.InvariantCulture),
            ["model"] = _interpolators.Identity(inference),
            ["motion-scale"] = _options.MotionDivisor is { } d ? $"1/{d}" : "auto",
            ["encoder"] = _encoder.Encoder.Name,
            ["crf"] = _encoder.Quality?.ToString(CultureInfo.InvariantCulture) ?? "default",
            ["preset"] = _encoder.Preset ?? "default",
            ["pixel-format"] = _pixels.Layout.Name,
            ["scene-cut"] = _options.SceneCut.ToString("R", CultureInfo.InvariantCulture),
            ["still"] = _options.Still.ToString("R", CultureInfo.InvariantCulture),
            ["repeats"] = _options.Repeats.ToString(CultureInfo.InvariantCulture),
            ["deinterlace"] = !_media.Video.IsInterlaced ? "no" : $"{_options.Deinterlace}, {_media.Video.Scan}",
            ["chunk-seconds"] = _options.ChunkSeconds.ToString(),
            ["tolerate-damage"] = _options.TolerateDamage ? "yes" : "no",
            ["turned"] = TurnsPicture ? "yes" : "no",
        },
    };

    public async Task<ConversionReport> RunAsync(
        ChunkStore store, ModelSessions sessions, IConversionObserver observer, Stopwatch watch, CancellationToken cancellationToken)
    {
        if (store.RestartReason is { } reason)
            observer.Note($"starting anew instead of going on from {store.Folder}: {reason}");
        observer.Phase("loading the model");
        using var interpolators = store.Finished.Count == Chunks.Count ? null : await _interpolators.CreateAsync(
            sessions, new FrameFormat(_pixels.Layout, _pixels.Colour, Width, Height), new InterpolationSettings { MotionDivisor = _options.MotionDivisor, Threads = Threads, Synthesis = _options.Synthesis }, observer.Note, cancellationToken).ConfigureAwait(false);
        var plan = Describe(store, interpolators?.Provider ?? _interpolators.Provider);
        observer.Planned(plan);
        var missing = interpolators is null ? 0
            : await MakeChunksAsync(store, interpolators, observer, plan.FinishedFrames, cancellationToken).ConfigureAwait(false);
        var streams = await CaptionedAsync(store, observer, cancellationToken).ConfigureAwait(false);
        observer.Phase("joining");
        var temporary = Path.Combine(Path.GetDirectoryName(_output)!, HiddenName.Of(Path.GetFileName(_output), ".", ".vfi-part" + Path.GetExtension(_output)));
        try
        {
            var muxer = new Muxer(_media, _source, _timeline, _pixels.Colour, _container, streams);
            await muxer.RunAsync(
                store.Finished.OrderBy(c => c.Key).Select(c => (c.Value.File, c.Value.Count)), Path.Combine(store.Folder, "chunks.ffconcat"),
                temporary, _output, TurnsPicture ? 0 : _media.Video.Rotation, _ffmpegMajor, cancellationToken).ConfigureAwait(false);
            observer.Phase("verifying");
            await OutputVerifier.VerifyAsync(temporary, _output, _timeline, streams, _media, observer, cancellationToken).ConfigureAwait(false);
            // The chunks go when the output has its name: from then on it must outlive a crash of the machine.
            using (var stream = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite))
                stream.Flush(flushToDisk: true);
            File.Move(temporary, _output, _options.Overwrite);
        }
        catch (Exception e) when (DiskSpace.Explains(e, Path.GetDirectoryName(_output)!))
        {
            throw DiskSpace.Failure(Path.GetDirectoryName(_output)!, e);
        }
        finally
        {
            File.Delete(temporary);
        }
        return new ConversionReport(plan, store.Counts, missing, plan.OutputFrames - plan.FinishedFrames, watch.Elapsed.TotalSeconds);
    }

    /// <summary>Brings the closed captions into the work folder, if there are any.</summary>
    private async Task<StreamPlan> CaptionedAsync(ChunkStore store, IConversionObserver observer, CancellationToken cancellationToken)
    {
        if (!_streams.HasCaptions)
            return _streams;
        observer.Phase("reading closed captions");
        return await Captions.ExtractAsync(_media, Path.Combine(store.Folder, Captions.FileName), observer, cancellationToken).ConfigureAwait(false)
            ? _streams : StreamPlan.Create(_media, _container, _encoder.Encoder, captions: false);
    }

    private async Task<int> MakeChunksAsync(
        ChunkStore store, InterpolatorSet interpolators, IConversionObserver observer, long done, CancellationToken cancellationToken)
    {
        observer.Phase("converting");
        using var pool = new FramePool(_pixels.Layout, Width, Height);
        var classifier = new PairClassifier(_options.SceneCut, _options.Still);
        var watch = _options.Repeats == 1 && _timeline.Fps > _source.Rate ? new RepeatWatch(observer.Note) : null;
        var pairs = new SourcePairs(new RepeatFinder(interpolators, classifier, _options.Repeats), interpolators.IsCurved, watch);
        using var stage = new InterpolationStage(interpolators, pairs, classifier, _timeline, pool);
        var decode = new DecodeOptions(_pixels)
        {
            Deinterlace = _media.Video.IsInterlaced ? _options.Deinterlace : null,
            Rotate = TurnsPicture,
            TolerateDamage = _options.TolerateDamage,
            HardwareAcceleration = _hardware,
            Threads = _options.Threads,
        };
        var writer = new FrameWriter(_encoder, _pixels.Colour, SampleAspectRatio, _media.Video.Spatial, _timeline.Fps, Threads);
        var missing = 0;
        foreach (var run in ChunkPlan.MissingRuns(Chunks, c => store.Finished.ContainsKey(c.Index)).ToList())
        {
            var reader = new FrameReader(_media, _index, _source, decode, pairs.Context, pool);
            var runner = new ChunkRunner(reader, stage, writer, pool, _timeline, store, _encoder.Encoder.ChunkFormat)
            {
                ChunkFinished = chunk => observer.ChunkFinished(store.Folder, chunk),
                StopAfterChunk = _options.StopAfterChunk,
            };
            await runner.RunAsync(run, () => observer.Progress(Interlocked.Increment(ref done)), cancellationToken).ConfigureAwait(false);
            missing += reader.MissingFrames;
            if (reader.MissingFrames > 0)
                observer.Note($"{reader.MissingFrames} source frames could not be decoded and were bridged{(reader.Complaint is null ? "" : $" ({reader.Complaint})")}");
            else if (_index.Leading == 0 && reader is { IsFromStart: true, Complaint: { } complaint })
                observer.Note($"all source frames were decoded, but pictures may be damaged: the decoder complained ({complaint})");
        }
        return missing;
    }

    private ConversionPlan Describe(ChunkStore store, ExecutionProvider provider) => new(
        _media.Path, _output, Width, Height, _pixels.Layout.Name, _media.Video.Codec, _index.Pts.Count, _source.Rate, _source.IsConstantRate,
        _timeline.Fps, _timeline.FrameCount, _source.Duration, _interpolators.Name, ProviderSelection.Name(provider),
        _encoder.Encoder.Name, Chunks.Count, store.Finished.Count, store.Finished.Values.Sum(c => c.Count));

    private void Explain(IConversionObserver observer)
    {
        if (_interpolators.WhyNotBetter is { } why)
            observer.Note($"inference on {ProviderSelection.Name(_interpolators.Provider)} ({why})");
        if (_pixels.Note is { } note)
            observer.Note(note);
        if (_index.Leading > 0)
            observer.Note($"the file begins within a group of pictures: {_index.Leading} frames at its beginning cannot be decoded and are left out");
        if (_media.Video.IsInterlaced)
        {
            observer.Note(_options.Deinterlace == Deinterlacing.Fields ? "the source is interlaced: deinterlaced with bwdif, one frame per field"
                : $"the source is interlaced: deinterlaced with bwdif, one frame per frame{(_media.Video.Scan == Scan.Flagged ? ", but for frames that are marked as progressive" : "")} (--deinterlace fields: one per field, for sport and news)");
        }
        if (_media.Video.IsMirrored)
            observer.Note("the file has its picture shown mirrored: the picture itself is mirrored");
        else if (TurnsPicture)
            observer.Note($"{_container.Name} cannot carry the orientation: the picture is turned by {_media.Video.Rotation} degrees");
        if ((_pixels.Colour.MasteringDisplay is not null || _pixels.Colour.ContentLight is not null) && !_encoder.Encoder.CarriesHdr10)
            observer.Note($"{_encoder.Encoder.Name} cannot carry HDR10 mastering metadata: left out (libx265 would keep them)");
        if (_container.Muxer == "mov" && _encoder.Encoder.Codec == "ffv1" && _pixels.Colour.IsFullRange && !_pixels.Layout.IsRgb)
            observer.Note("QuickTime cannot tell that the samples of FFV1 have full range, and players will take it for limited (an output ending in .mkv would keep it)");
        if (_media.Video.FrameMetadata is { } metadata)
            observer.Note($"{metadata}: metadata of single frames, which new frames cannot have; left out (the picture is the base layer's)");
        if (_media.Video.Spatial is { } spatial && (_container.Spatial ? spatial.Lost : "the stereoscopic or spherical layout") is { } lost)
            observer.Note($"{_container.Name} cannot carry {lost}: left out");
        if (_options.Encoder == "auto" && _pixels.Layout.CutsChroma(Width, Height))
            observer.Note($"{Width}x{Height} {_pixels.Layout.PlainName} is beyond libx264 and libx265, which take even sizes: encoded with {_encoder.Encoder.Name} (--encoder libx265 would be given finer chroma)");
        if (_options.MotionDivisor is { } divisor && !_interpolators.IsMotion)
            observer.Note($"the model {_interpolators.Name} estimates no motion: the motion scale 1/{divisor} does not count");
        if (_options.Repeats > 1 && _interpolators.IsHold)
            observer.Note("repeats are left as they are: the model hold makes no frames to bridge them with");
        if (_hardware is not null)
            observer.Note($"decoding in hardware ({_hardware})");
        foreach (var line in _streams.Notes)
            observer.Note(line);
    }
}
