using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Vfi.Pipeline;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Commands;

/// <summary>
/// <c>vfi cancel</c>: takes jobs away from whoever works on them, by their status documents; their messages end when they
/// are delivered next.
/// </summary>
internal static class CancelCommand
{
    private static readonly Argument<string[]> Ids = new("id") { Description = "Jobs, whether they wait or are at work.", Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        var command = new Command("cancel", "Cancel jobs; prints their ids.");
        command.Arguments.Add(Ids);
        HostFactory.AcceptSettings(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var ids = arguments.GetValue(Ids) ?? [];
        foreach (var id in ids)
            RequireId(id);
        using var host = HostFactory.Create(arguments, quiet: true).Build();
        var store = host.Services.GetRequiredService<IVideoStore>();
        var container = host.Services.GetRequiredService<IOptions<StoreOptions>>().Value.StateContainer;
        await store.TryEnsureContainerAsync(container, cancellationToken).ConfigureAwait(false);
        var exit = 0;
        foreach (var id in ids)
        {
            JobStatus? found = null;
            using var claim = await JobClaim.TakeAsync(
                store, container, id, s => Cancelled(id, found = s, TimeProvider.System.GetUtcNow()), TimeProvider.System, cancellationToken).ConfigureAwait(false);
            if (claim is null && found?.State != "cancelled")
            {
                exit = 1;
                await Console.Error.WriteLineAsync($"vfi: {id}: is {found!.State} already").ConfigureAwait(false);
                continue;
            }
            Console.Out.WriteLine(id);
            if (found is null)
                await Console.Error.WriteLineAsync($"note: {id}: no worker has begun a job of this id; none will").ConfigureAwait(false);
        }
        return exit;
    }

    private static void RequireId(string id)
    {
        try
        {
            JobMessage.RequireId(id);
        }
        catch (JobRejectedException e)
        {
            throw VfiException.BadInput(e.Message, e);
        }
    }

    /// <summary>Null where nothing is left to cancel.</summary>
    private static JobStatus? Cancelled(string id, JobStatus? status, DateTimeOffset now) => status is { State: "failed" } or { IsOver: true } ? null
        : (status ?? new JobStatus { Id = id, State = "", Owner = "" }) with
        {
            State = "cancelled",
            Stage = null,
            Owner = Guid.NewGuid().ToString("N"),
            FramesPerSecond = null,
            Finished = now,
            Reason = null,
            Error = null,
        };
}
