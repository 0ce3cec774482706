using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Vfi.Pipeline;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi submit</c>: puts jobs on the queue; prints their ids.</summary>
internal static class SubmitCommand
{
    /// <summary>The queue may be far: each answer takes a while.</summary>
    private const int SentAtOnce = 32;

    private static readonly Argument<string?> Video = new("video") { Description = "The source: container/name, or a URL of the store's account.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Jobs = new("--jobs") { Description = "A file with one job (a JSON object) a line; - for stdin." };
    private static readonly Option<bool> All = new("--all") { Description = "Every video that the name fits: each * in it stands for any characters. The same again gives the same ids, so that none is made twice." };
    private static readonly Option<string?> Ratio = new("--interp-ratio") { Description = "Output frames per source frame." };
    private static readonly Option<string?> Fps = new("--out-fps") { Description = "Output frames per second." };
    private static readonly Option<string?> Output = new("--output", "-o") { Description = "The result: container/name (default: Jobs:Output)." };
    private static readonly Option<string?> Id = new("--id") { Description = "The job's id (default: a new one)." };
    private static readonly Option<string?> Model = new("--model") { Description = "A model's name, hold or blend." };
    private static readonly Option<string?> Encoder = new("--encoder") { Description = "As for vfi convert." };
    private static readonly Option<int?> Crf = new("--crf") { Description = "As for vfi convert." };
    private static readonly Option<string?> Preset = new("--preset") { Description = "As for vfi convert." };
    private static readonly Option<double?> SceneCut = new("--scene-cut") { Description = "As for vfi convert." };
    private static readonly Option<string?> Repeats = new("--repeats") { Description = "As for vfi convert." };
    private static readonly Option<string?> Scan = new("--scan") { Description = "As for vfi convert." };
    private static readonly Option<string?> Deinterlace = new("--deinterlace") { Description = "As for vfi convert." };
    private static readonly Option<string?> Upload = new("--upload") { Description = "A local file that is uploaded as the video first." };
    private static readonly Option<double> Delay = new("--delay") { Description = "Seconds before the jobs become visible." };

    public static Command Create()
    {
        var command = new Command("submit", "Put jobs on the queue.");
        command.Arguments.Add(Video);
        foreach (var option in (Option[])[Jobs, All, Ratio, Fps, Output, Id, Model, Encoder, Crf, Preset, SceneCut, Repeats, Scan, Deinterlace, Upload, Delay])
            command.Options.Add(option);
        HostFactory.AcceptSettings(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var jobs = await ReadAsync(arguments, cancellationToken).ConfigureAwait(false);
        using var host = HostFactory.Create(arguments, quiet: true).Build();
        var queue = host.Services.GetRequiredService<IJobQueue>();
        var store = host.Services.GetRequiredService<IVideoStore>();
        if (arguments.GetValue(Upload) is { } file)
            await UploadAsync(store, file, arguments.GetValue(Video), cancellationToken).ConfigureAwait(false);
        if (arguments.GetValue(All))
            jobs = await FindAsync(store, jobs[0].Job, cancellationToken).ConfigureAwait(false);
        using var activity = new Activity("submit").Start();
        var delay = TimeSpan.FromSeconds(arguments.GetValue(Delay));
        foreach (var some in jobs.Chunk(SentAtOnce))
        {
            var sending = some.Select(j => (j.Id, Sent: queue.SendAsync(JobMessage.Create(j.Id, j.Job, activity.Id), delay, cancellationToken))).ToList();
            var all = Task.WhenAll(sending.Select(s => s.Sent));
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Also where others fail: what is on the queue is told.
            foreach (var (id, _) in sending.Where(s => s.Sent.IsCompletedSuccessfully))
                Console.Out.WriteLine(id);
            await all.ConfigureAwait(false);
        }
        return 0;
    }

    private static async Task<List<(string Id, JobRequest Job)>> FindAsync(IVideoStore store, JobRequest job, CancellationToken cancellationToken)
    {
        var found = await JobCatalogue.FindAsync(store, job.Video, job, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        return found.Count > 0 ? found : throw VfiException.BadInput($"{job.Video}: no video in {store.Description} has such a name");
    }

    private static async Task UploadAsync(IVideoStore store, string file, string? video, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
            throw VfiException.BadInput($"--upload {file}: no such file");
        if (video is null || !store.TryResolve(video, out var path, out _))
            throw VfiException.BadInput($"--upload {file}: name the video as container/name to upload it there");
        await store.EnsureContainerAsync(path!.Container, cancellationToken).ConfigureAwait(false);
        await store.UploadAsync(file, path, "application/octet-stream", new Dictionary<string, string>(), overwrite: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All jobs, checked before the first is sent.</summary>
    private static async Task<List<(string Id, JobRequest Job)>> ReadAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(Jobs) is not { } file)
            return [Check(FromOptions(arguments).ToJsonString(), "the job")];
        if (arguments.GetValue(Video) is not null || arguments.GetValue(All))
            throw VfiException.BadInput("give either a video or --jobs, not both");
        string text;
        try
        {
            text = file == "-" ? await Console.In.ReadToEndAsync(cancellationToken).ConfigureAwait(false) : await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw VfiException.BadInput($"--jobs {file}: no such file", e);
        }
        var lines = text.Split('\n').Select((line, i) => (Text: line.Trim(), Number: i + 1)).Where(l => l.Text.Length > 0).ToList();
        return lines.Count > 0 ? [.. lines.Select(l => Check(l.Text, $"--jobs {file}, line {l.Number.ToString(CultureInfo.InvariantCulture)}"))]
            : throw VfiException.BadInput($"--jobs {file}: holds no job; write one JSON object a line");
    }

    private static JsonObject FromOptions(ParseResult arguments)
    {
        if (arguments.GetValue(Video) is not { } video)
            throw VfiException.BadInput("name the video as container/name, or give --jobs FILE");
        if (arguments.GetValue(All) && new Option[] { Output, Id, Upload }.FirstOrDefault(o => arguments.GetResult(o) is not null) is { } single)
            throw VfiException.BadInput($"{single.Name} is of one video, --all of many");
        var job = new JsonObject { ["video"] = video };
        foreach (var (key, option) in new (string, Option<string?>)[] { ("interp_ratio", Ratio), ("out_fps", Fps), ("output", Output), ("id", Id), ("model", Model), ("encoder", Encoder), ("preset", Preset), ("repeats", Repeats), ("scan", Scan), ("deinterlace", Deinterlace) })
        {
            if (arguments.GetValue(option) is { } value)
                job[key] = value;
        }
        if (arguments.GetValue(Crf) is { } crf)
            job["crf"] = crf;
        if (arguments.GetValue(SceneCut) is { } cut)
            job["scene_cut"] = cut;
        return job;
    }

    private static (string Id, JobRequest Job) Check(string body, string where)
    {
        try
        {
            var (id, job) = JobMessage.Parse(Encoding.UTF8.GetBytes(body), Guid.NewGuid().ToString("N"));
            foreach (var (key, place) in new[] { ("video", job.Video), ("output", job.Output) })
            {
                // URLs are the worker's to judge, which knows the account.
                if (place is not null && !StorePath.IsUrl(place) && !StorePath.TryParse(place, out _, out var problem))
                    throw VfiException.BadInput($"{where}: {key} {place}: {problem}");
            }
            return (id, job);
        }
        catch (JobRejectedException e)
        {
            throw VfiException.BadInput($"{where}: {e.Message}", e);
        }
    }
}
