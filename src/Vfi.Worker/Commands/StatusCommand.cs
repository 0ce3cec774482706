using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Vfi.Pipeline;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi status</c>: what the status documents say of jobs.</summary>
internal static class StatusCommand
{
    private const int ReadAtOnce = 32;
    private static readonly Argument<string[]> Ids = new("id") { Description = "Jobs (default: all, those that changed last at the end).", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> States = new("--state") { Description = $"Those alone that are {string.Join(", ", JobStatus.States)}." };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line." };

    public static Command Create()
    {
        var command = new Command("status", "Show what has become of jobs.");
        command.Arguments.Add(Ids);
        command.Options.Add(States);
        command.Options.Add(Json);
        HostFactory.AcceptSettings(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var states = arguments.GetValue(States) ?? [];
        if (states.FirstOrDefault(s => !JobStatus.States.Contains(s)) is { } unknown)
            throw VfiException.BadInput($"--state {unknown}: must be one of {string.Join(", ", JobStatus.States)}");
        using var host = HostFactory.Create(arguments, quiet: true).Build();
        var json = arguments.GetValue(Json);
        var store = host.Services.GetRequiredService<IVideoStore>();
        var container = host.Services.GetRequiredService<IOptions<StoreOptions>>().Value.StateContainer;
        var ids = arguments.GetValue(Ids) ?? [];
        var jobs = await ReadAsync(store, container, ids.Length > 0 ? ids : await ListAsync(store, container, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        var missing = ids.Length > 0 ? jobs.Where(j => j.Status is null).ToList() : [];
        foreach (var (id, _) in missing)
            await Console.Error.WriteLineAsync($"vfi: {id}: no worker has begun a job of this id").ConfigureAwait(false);
        var found = jobs.Where(j => j.Status is not null).Select(j => j.Status!);
        foreach (var status in (ids.Length > 0 ? found : found.OrderBy(s => s.Updated)).Where(s => states.Length == 0 || states.Contains(s.State)))
            Console.Out.WriteLine(json ? Line(status) : Describe(status));
        if (jobs.Count == 0)
            await Console.Error.WriteLineAsync($"vfi: no job has been begun yet: nothing in {container}/ of {store.Description}").ConfigureAwait(false);
        return missing.Count > 0 ? 1 : 0;
    }

    private static async Task<string[]> ListAsync(IVideoStore store, string container, CancellationToken cancellationToken)
    {
        var all = new List<string>();
        await foreach (var item in store.ListAsync(container, "status/", cancellationToken).ConfigureAwait(false))
            all.Add(Path.GetFileNameWithoutExtension(item.Path.FileName));
        return [.. all];
    }

    /// <summary>In the order of the ids; null: there is none.</summary>
    private static async Task<IReadOnlyList<(string Id, JobStatus? Status)>> ReadAsync(IVideoStore store, string container, string[] ids, CancellationToken cancellationToken)
    {
        var found = new (string, JobStatus?)[ids.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ReadAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, ids.Length, parallel, async (i, token) =>
        {
            var document = await store.ReadAsync(JobClaim.PathOf(container, ids[i]), token).ConfigureAwait(false);
            found[i] = (ids[i], document is null ? null : JobClaim.Parse(document.Text));
        }).ConfigureAwait(false);
        return found;
    }

    /// <summary>The document on one line.</summary>
    private static string Line(JobStatus status) => JsonSerializer.SerializeToNode(status, JobJson.Default.JobStatus)!.ToJsonString();

    private static string Describe(JobStatus status)
    {
        var what = status.State switch
        {
            "running" => string.Create(CultureInfo.InvariantCulture, $"running    {status.Percent,5:0.0} %  {status.Stage}{(status.FramesPerSecond is { } f ? $", {f:0.0} frames/s" : "")}"),
            "completed" => string.Create(CultureInfo.InvariantCulture, $"completed  {status.Output}  {status.Figures?.Frames} frames in {status.Figures?.ConvertSeconds:0.0} s"),
            "cancelled" => "cancelled",
            "waiting" => $"waiting    {status.Reason} {status.Error}".TrimEnd(),
            _ => $"{status.State,-10} {status.Reason}: {status.Error}",
        };
        return $"{status.Id}  {what}{(status.Attempts > 1 ? $"  (attempt {status.Attempts.ToString(CultureInfo.InvariantCulture)})" : "")}";
    }
}
