using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Vfi.Pipeline;
using Vfi.Pipeline.Interpolation;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Commands;

/// <summary>Whether a worker with these settings could do its work: tries each right that it needs, and leaves nothing behind.</summary>
/// <param name="services">Of a host with the worker's settings.</param>
/// <param name="say">Told what was looked at, and what was found.</param>
internal sealed class WorkerDoctor(IServiceProvider services, Action<string, string> say)
{
    private bool _lacks;

    private IVideoStore Store => services.GetRequiredService<IVideoStore>();

    private StoreOptions Stores => services.GetRequiredService<IOptions<StoreOptions>>().Value;

    private WorkerOptions Worker => services.GetRequiredService<IOptions<WorkerOptions>>().Value;

    private JobOptions Jobs => services.GetRequiredService<IOptions<JobOptions>>().Value;

    /// <returns>Whether nothing is missing.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var queue = services.GetRequiredService<IJobQueue>();
        var results = services.GetRequiredService<IOptions<QueueOptions>>().Value.Results;
        say("queue", queue.Description);
        await TryAsync($"  receive{(results.Length > 0 ? $", send to {results}" : "")}", async () =>
        {
            await queue.CheckAsync(cancellationToken).ConfigureAwait(false);
            return "works";
        }).ConfigureAwait(false);
        await TryAsync("  dead letters", async () =>
            (await queue.PeekDeadAsync(cancellationToken).CountAsync(cancellationToken).ConfigureAwait(false)).ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
        say("store", Store.Description);
        foreach (var container in Stores.Inputs)
            await TryAsync($"  read {container}", () => ReadAsync(container, cancellationToken)).ConfigureAwait(false);
        foreach (var container in Stores.Outputs)
            await TryAsync($"  write {container}", () => WriteAsync(container, cancellationToken)).ConfigureAwait(false);
        await TryAsync($"  keep state in {Stores.StateContainer}", () => KeepAsync(cancellationToken)).ConfigureAwait(false);
        if (Stores.EngineContainer.Length > 0)
            await TryAsync($"  keep engines in {Stores.EngineContainer}", () => WriteAsync(Stores.EngineContainer, cancellationToken)).ConfigureAwait(false);
        await TryAsync($"work folder {Worker.WorkFolder}", () => Task.FromResult(WorkFolderSpace())).ConfigureAwait(false);
        await TryAsync($"model {Jobs.Model}", () =>
        {
            InterpolatorFactory.Open(new ModelCatalogue(), Jobs.Model, ModelOptions.ParseProvider(Jobs.Provider));
            return Task.FromResult("works");
        }).ConfigureAwait(false);
        return !_lacks;
    }

    private async Task TryAsync(string what, Func<Task<string>> look)
    {
        try
        {
            say(what, await look().ConfigureAwait(false));
        }
        catch (Exception e) when (e is QueueException or StoreException or VfiException)
        {
            _lacks = true;
            say(what, "no: " + e.Message.ReplaceLineEndings(" "));
        }
    }

    private async Task<string> ReadAsync(string container, CancellationToken cancellationToken) =>
        await Store.ListAsync(container, "", cancellationToken).AnyAsync(cancellationToken).ConfigureAwait(false) ? "works" : "works, it is empty";

    private async Task<string> WriteAsync(string container, CancellationToken cancellationToken)
    {
        await Store.TryEnsureContainerAsync(container, cancellationToken).ConfigureAwait(false);
        await Store.CheckWritableAsync(container, cancellationToken).ConfigureAwait(false);
        return "works";
    }

    private async Task<string> KeepAsync(CancellationToken cancellationToken)
    {
        await Store.TryEnsureContainerAsync(Stores.StateContainer, cancellationToken).ConfigureAwait(false);
        var path = new StorePath(Stores.StateContainer, $"doctor/{Guid.NewGuid():N}.json");
        await Store.WriteAsync(path, "{}", null, cancellationToken).ConfigureAwait(false);
        await Store.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        await Store.DeleteAsync(path, cancellationToken).ConfigureAwait(false);
        return "works";
    }

    private string WorkFolderSpace()
    {
        WorkFolder.Prepare(Worker.WorkFolder);
        var free = new DriveInfo(Worker.WorkFolder).AvailableFreeSpace >> 20;
        return free >= Worker.MinFreeMegabytes ? $"{free} MB free"
            : throw VfiException.Environment($"{free} MB are free, Worker:MinFreeMegabytes is {Worker.MinFreeMegabytes}");
    }
}
