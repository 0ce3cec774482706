using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Vfi.Pipeline.Chunks;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline;

/// <summary>Converts video files: what the command line and the worker both call. Conversions may overlap and share loaded models.</summary>
public sealed class VideoConverter(ModelCatalogue catalogue, InferenceOptions inference, IEngineStore? engines = null) : IModelHealth, IDisposable
{
    private readonly ModelSessions _sessions = new(inference, engines);

    /// <summary>The program's version, part of what identifies chunks.</summary>
    public static string Version { get; } =
        typeof(VideoConverter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Converts, verifies, and only then gives the output its name.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="observer">Told what happens.</param>
    /// <param name="cancellationToken">Stops all work; finished chunks are kept for the next run.</param>
    /// <exception cref="VfiException">With a message for the user; its kind tells whose fault it is.</exception>
    public async Task<ConversionReport> ConvertAsync(ConversionOptions options, IConversionObserver observer, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        Validate(options);
        observer.Phase("reading the file");
        var (_, ffmpegMajor) = await FfmpegVersion.ReadAsync(cancellationToken).ConfigureAwait(false);
        var media = await MediaProbe.ReadAsync(options.Input, cancellationToken).ConfigureAwait(false);
        if (media.IsPlaylist && !options.AllowPlaylists)
            throw VfiException.BadInput($"{options.Input}: is a list of other files ({media.Format}); give one file that holds the video");
        var index = await PacketIndex.ReadAsync(media, cancellationToken).ConfigureAwait(false);
        var evened = options.Repeats.Most > 1;
        var source = index.Timeline(media.Video, evened);
        DamageCheck.RequireWhole(media, index, source, options.TolerateDamage, observer);
        media = media with { Video = await ScanDecision.TakeAsync(options, media, source, cancellationToken).ConfigureAwait(false) };
        if (media.Video.Scan == Scan.Telecined)
        {
            observer.Phase("counting the film's frames");
            await DamageCheck.RequireAllFramesAsync(media, index, cancellationToken).ConfigureAwait(false);
            var film = media.Video.Film(source.GridRate!.Value);
            index = index.Film(media.Video.TimeBase, film);
            media = media with { Video = film };
            source = index.Timeline(film, evened);
        }
        var fps = OutputRate.Resolve(options.Ratio, options.OutputFps, source.Rate);
        if (media.Video.IsInterlaced && options.Deinterlace == Deinterlacing.Fields)
        {
            index = index.Fields();
            source = index.Timeline(media.Video.Fields(), evened);
        }
        var timeline = OutputTimeline.For(source, fps);
        var decided = await Decisions.TakeAsync(options, catalogue, media, index, source, timeline, ffmpegMajor, cancellationToken).ConfigureAwait(false);
        foreach (var note in DecisionNotes.Of(decided))
            observer.Note(note);
        var job = new ConversionJob(decided);
        using var store = await ChunkStore.OpenAsync(decided.WorkFolder, decided.Identity(_sessions.Options), job.Chunks, cancellationToken).ConfigureAwait(false);
        var finished = false;
        try
        {
            var report = await job.RunAsync(store, _sessions, observer, watch, cancellationToken).ConfigureAwait(false);
            finished = true;
            return report;
        }
        catch (Exception e) when (DiskSpace.Explains(e, store.Folder))
        {
            throw DiskSpace.Failure(store.Folder, e);
        }
        catch (VfiException e) when (e.Kind == FailureKind.BadInput && options.WorkFolder is null)
        {
            // Another run would end the same way: leave nothing behind.
            store.Delete();
            throw;
        }
        finally
        {
            if (options.WorkFolder is null && (finished || store.Finished.Count == 0) && Directory.Exists(store.Folder))
                store.Delete();
            else if (!finished && store.Finished.Count > 0 && Directory.Exists(store.Folder))
                observer.Note($"{store.Finished.Count} of {job.Chunks.Count} chunks are kept in {store.Folder}; the same command goes on from there");
        }
    }

    /// <inheritdoc/>
    public string? Problem => _sessions.Problem;

    /// <summary>Unloads the models.</summary>
    public void Dispose() => _sessions.Dispose();

    private static void Validate(ConversionOptions options)
    {
        if (options.ChunkSeconds < new Rational(1, 10) || options.ChunkSeconds > 3600)
            throw VfiException.BadInput($"--chunk-seconds {options.ChunkSeconds.Value.ToString(CultureInfo.InvariantCulture)}: must be 0.1 to 3600");
        if (options.SceneCut is not (>= 0 and <= 1))
            throw VfiException.BadInput($"--scene-cut {options.SceneCut.ToString(CultureInfo.InvariantCulture)}: must be 0 (off) to 1");
        if (options.Repeats.Most is < 1 or > Repeats.Limit)
            throw VfiException.BadInput($"--repeats {options.Repeats}: must be auto, or 1 (off) to {Repeats.Limit}");
        if (options.Threads is < 1 or > 1024)
            throw VfiException.BadInput($"--threads {options.Threads}: must be 1 to 1024");
        if (options.MotionSize.Divisor is not (1 or 2 or 4 or 8))
            throw VfiException.BadInput($"--motion-scale {options.MotionSize}: must be auto, half, 1, 1/2, 1/4 or 1/8");
    }
}
