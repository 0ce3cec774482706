using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi status</c>: what the status documents say of jobs.</summary>
internal static class StatusCommand
{
    private static readonly Argument<string[]> Ids = new("id") { Description = "Jobs (default: all).", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line." };

    public static Command Create()
    {
        var command = new Command("status", "Show what has become of jobs.");
        command.Arguments.Add(Ids);
        command.Options.Add(Json);
        HostFactory.AcceptSettings(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var host = HostFactory.Create(arguments, quiet: true).Build();
        var json = arguments.GetValue(Json);
        var store = host.Services.GetRequiredService<IVideoStore>();
        var container = host.Services.GetRequiredService<IOptions<StoreOptions>>().Value.StateContainer;
        var ids = arguments.GetValue(Ids) ?? [];
        int found = 0, missing = 0;
        await foreach (var (id, status) in FindAsync(store, container, ids, cancellationToken).ConfigureAwait(false))
        {
            if (status is null)
            {
                missing++;
                await Console.Error.WriteLineAsync($"vfi: {id}: no worker has begun a job of this id").ConfigureAwait(false);
            }
            else
            {
                found++;
                Console.Out.WriteLine(json ? Line(status) : Describe(status));
            }
        }
        if (found + missing == 0)
            await Console.Error.WriteLineAsync($"vfi: no job has been begun yet: nothing in {container}/ of {store.Description}").ConfigureAwait(false);
        return missing > 0 ? 1 : 0;
    }

    private static async IAsyncEnumerable<(string Id, JobStatus? Status)> FindAsync(
        IVideoStore store, string container, string[] ids, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (ids.Length == 0)
        {
            var all = new List<string>();
            await foreach (var item in store.ListAsync(container, "status/", cancellationToken).ConfigureAwait(false))
                all.Add(Path.GetFileNameWithoutExtension(item.Path.FileName));
            ids = [.. all];
        }
        foreach (var id in ids)
        {
            var document = await store.ReadAsync(JobClaim.PathOf(container, id), cancellationToken).ConfigureAwait(false);
            yield return (id, document is null ? null : JobClaim.Parse(document.Text));
        }
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
