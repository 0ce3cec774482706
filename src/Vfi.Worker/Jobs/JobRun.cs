using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Vfi.Pipeline;
using Vfi.Worker.Hosting;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Jobs;

/// <summary>What a run needs besides its job.</summary>
internal sealed record JobServices(
    IVideoStore Store, IJobQueue Queue, VideoConverter Converter, WorkerOptions Worker, StoreOptions Stores, JobOptions Jobs, TimeProvider Time, ILogger Logger);

/// <summary>
/// One attempt at a job that is claimed: space check, download, convert and verify, upload, publish, in this order. Ends
/// with the status completed, or throws what <see cref="FailureClassifier"/> understands.
/// </summary>
internal sealed class JobRun(Job job, JobClaim claim, string messageId, JobServices services)
{
    private const string JobKey = "vfijob";
    private const string AnyExtension = ".mp4";
    private const string FingerprintKey = "vfifingerprint";
    private static readonly Dictionary<string, string> ContentTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".mp4"] = "video/mp4",
        [".m4v"] = "video/x-m4v",
        [".mov"] = "video/quicktime",
        [".mkv"] = "video/x-matroska",
        [".webm"] = "video/webm",
        [".ts"] = "video/mp2t",
        [".m2ts"] = "video/mp2t",
        [".mts"] = "video/mp2t",
    };

    private readonly Checkpoint _checkpoint = new(services.Store, services.Stores.StateContainer, job.Id);

    // Whose progress the status document shows.
    private JobObserver? _converting;

    /// <param name="stopAfterChunk">The worker shuts down: finish the chunk at hand.</param>
    /// <param name="cancellationToken">Stop now.</param>
    public Task RunAsync(CancellationToken stopAfterChunk, CancellationToken cancellationToken) => Watched.RunAsync(async token =>
    {
        await WorkAsync(stopAfterChunk, token).ConfigureAwait(false);
        return true;
    }, BeatAsync, cancellationToken);

    /// <param name="result">How the job ended.</param>
    /// <param name="messageId">Of the job's message, which has one end: a job that failed and is sent again has another message, and another result.</param>
    public static Task PublishAsync(JobResult result, string messageId, IJobQueue queue, CancellationToken cancellationToken) => queue.PublishAsync(
        new OutgoingMessage($"{messageId}-result", JsonSerializer.Serialize(result, JobJson.Default.JobResult), Activity.Current?.Id) { Subject = result.State, CorrelationId = result.Id }, cancellationToken);

    /// <summary>Keeps the status document up to date through all stages: an attempt that gives no sign of life is taken over.</summary>
    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(services.Worker.StatusSeconds), services.Time, cancellationToken).ConfigureAwait(false);
            await WriteProgressAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WorkAsync(CancellationToken stopAfterChunk, CancellationToken cancellationToken)
    {
        var source = await services.Store.FindAsync(job.Source, cancellationToken).ConfigureAwait(false)
            ?? throw new JobRejectedException(RejectReason.SourceMissing, $"video {job.Source}: there is no such video in the store");
        job.RequireWithinLimits(source);
        if (job.GivenOutput is { } given)
            await RequireFreeAsync(given, cancellationToken).ConfigureAwait(false);
        // Now, and not after hours of work.
        await services.Store.CheckWritableAsync(job.Output(AnyExtension).Container, cancellationToken).ConfigureAwait(false);
        using var folder = new WorkFolder(services.Worker.WorkFolder, job.Id);
        folder.RequireSpace((long)(source.Length * services.Worker.SpaceFactor), services.Worker.MinFreeMegabytes << 20);
        var input = folder.File("source" + Path.GetExtension(job.Source.FileName));
        await StageAsync("download", async () =>
        {
            await services.Store.DownloadAsync(source, input, cancellationToken).ConfigureAwait(false);
            WorkerTelemetry.Bytes.Add(source.Length, new KeyValuePair<string, object?>("direction", "download"));
            if (services.Worker.Checkpoint)
                await _checkpoint.RestoreAsync(folder.File("chunks"), cancellationToken).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
        var report = await StageAsync("convert", () => ConvertAsync(folder, input, stopAfterChunk, cancellationToken), cancellationToken).ConfigureAwait(false);
        var figures = Figures(report);
        var output = job.Output(Path.GetExtension(report.Plan.Output));
        await StageAsync("upload", () => UploadAsync(report.Plan.Output, output, cancellationToken), cancellationToken).ConfigureAwait(false);
        var finished = services.Time.GetUtcNow();
        // A job that was cancelled during the upload is not told to be completed: the stage is written first.
        await StageAsync("publish", () => PublishAsync(new JobResult
        {
            Id = job.Id,
            State = "completed",
            Video = job.Request.Video,
            Output = output.ToString(),
            Attempts = claim.Status.Attempts,
            Figures = figures,
            Finished = finished,
        }, messageId, services.Queue, cancellationToken), cancellationToken).ConfigureAwait(false);
        await claim.WriteAsync(
            s => s with { State = "completed", Stage = null, Output = output.ToString(), Percent = 100, FramesPerSecond = null, Figures = figures, Finished = finished, Error = null, Reason = null },
            cancellationToken).ConfigureAwait(false);
        await _checkpoint.DeleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private static JobFigures Figures(ConversionReport report)
    {
        var (plan, frames) = (report.Plan, report.Frames);
        return new JobFigures(
            plan.OutputFrames, plan.OutputFps.ToString(), plan.Width, plan.Height, Math.Round(plan.Duration.Value, 3), plan.Model, plan.Provider, plan.Encoder,
            frames.Interpolated, frames.HeldAtCut, frames.HeldStill, new FileInfo(plan.Output).Length, Math.Round(report.Seconds, 3));
    }

    private async Task<ConversionReport> ConvertAsync(WorkFolder folder, string input, CancellationToken stopAfterChunk, CancellationToken cancellationToken)
    {
        var observer = new JobObserver(services.Worker.Checkpoint ? _checkpoint : null, services.Logger, cancellationToken);
        var threads = services.Jobs.Threads ?? Math.Max(1, Environment.ProcessorCount / services.Worker.ParallelJobs);
        var output = job.GivenOutput is { } given ? folder.File("result" + Path.GetExtension(given.Name)) : null;
        var conversion = job.Conversion(input, output, folder.File("chunks"), threads, stopAfterChunk);
        try
        {
            var report = await Watched.RunAsync(
                token => services.Converter.ConvertAsync(conversion, observer, token), token => CheckPlanAsync(observer, token), cancellationToken).ConfigureAwait(false);
            WorkerTelemetry.Frames.Add(report.NewFrames);
            if (report.Seconds > 0)
                WorkerTelemetry.Speed.Record(report.NewFrames / report.Seconds, new KeyValuePair<string, object?>("provider", report.Plan.Provider));
            return report;
        }
        catch (VfiException e)
        {
            // The sender knows the video by its name in the store.
            throw new VfiException(e.Kind, e.Message.Replace(input, job.Source.ToString(), StringComparison.Ordinal).Replace(folder.Path + "/", "", StringComparison.Ordinal), e);
        }
        finally
        {
            observer.EndOfChunks();
            await observer.Saving.ConfigureAwait(false);
            _converting = null;
            if (observer.SavedChunks > 0)
                await claim.WriteAsync(s => s with { AttemptsWithoutProgress = 0, Percent = observer.Percent }, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Checks the plan against the limits; ends the conversion by throwing.</summary>
    private async Task CheckPlanAsync(JobObserver observer, CancellationToken cancellationToken)
    {
        var plan = await observer.Plan.WaitAsync(cancellationToken).ConfigureAwait(false);
        job.RequireWithinLimits(plan);
        if (job.GivenOutput is null)
            await RequireFreeAsync(job.Output(Path.GetExtension(plan.Output)), cancellationToken).ConfigureAwait(false);
        _converting = observer;
        await WriteProgressAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteProgressAsync(CancellationToken cancellationToken)
    {
        try
        {
            await claim.WriteAsync(
                s => _converting is not { } observer ? s : s with
                {
                    Stage = observer.Stage,
                    Percent = observer.Percent,
                    FramesPerSecond = observer.FramesPerSecond,
                    AttemptsWithoutProgress = observer.SavedChunks > 0 ? 0 : s.AttemptsWithoutProgress,
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            services.Logger.LogWarning("Status of job {JobId} not written: {Reason}", job.Id, e.Message);
        }
    }

    private async Task UploadAsync(string file, StorePath output, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string> { [JobKey] = job.Id, [FingerprintKey] = job.Fingerprint, ["vfiversion"] = VideoConverter.Version };
        var length = new FileInfo(file).Length;
        try
        {
            await services.Store.UploadAsync(
                file, output, ContentTypes.GetValueOrDefault(Path.GetExtension(output.Name), "application/octet-stream"), metadata,
                services.Jobs.Overwrite, cancellationToken).ConfigureAwait(false);
            WorkerTelemetry.Bytes.Add(length, new KeyValuePair<string, object?>("direction", "upload"));
        }
        catch (StoreException e) when (e.Failure == StoreFailure.Conflict)
        {
            // This job's own result, of an attempt that died after its upload, is as good as this one.
            await RequireFreeAsync(output, cancellationToken).ConfigureAwait(false);
        }
        var stored = await services.Store.FindAsync(output, cancellationToken).ConfigureAwait(false);
        if (stored is null || (stored.Length != length && !IsOwn(stored)))
            throw new StoreException(StoreFailure.Unavailable, $"{output}: is not what was uploaded ({stored?.Length ?? 0} of {length} bytes)");
    }

    /// <exception cref="JobRejectedException">Something else lies there.</exception>
    private async Task RequireFreeAsync(StorePath output, CancellationToken cancellationToken)
    {
        if (services.Jobs.Overwrite || await services.Store.FindAsync(output, cancellationToken).ConfigureAwait(false) is not { } existing || IsOwn(existing))
            return;
        throw new JobRejectedException(RejectReason.OutputExists, $"output {output}: exists already; give another output, or configure Jobs:Overwrite");
    }

    private bool IsOwn(StoreItem item) =>
        item.Metadata.GetValueOrDefault(JobKey) == job.Id && item.Metadata.GetValueOrDefault(FingerprintKey) == job.Fingerprint;

    private Task StageAsync(string name, Func<Task> action, CancellationToken cancellationToken) => StageAsync(name, async () =>
    {
        await action().ConfigureAwait(false);
        return true;
    }, cancellationToken);

    private async Task<T> StageAsync<T>(string name, Func<Task<T>> action, CancellationToken cancellationToken)
    {
        using var span = WorkerTelemetry.Source.StartActivity(name);
        await claim.WriteAsync(s => s with { Stage = name }, cancellationToken).ConfigureAwait(false);
        var started = Stopwatch.GetTimestamp();
        try
        {
            return await action().ConfigureAwait(false);
        }
        finally
        {
            WorkerTelemetry.StageTime.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("stage", name));
        }
    }
}
