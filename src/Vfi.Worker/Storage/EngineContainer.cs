using Vfi.Pipeline.Inference;

namespace Vfi.Worker.Storage;

/// <summary>Engines in a container of the store: a name's files under <c>engines/NAME/</c>, engine.json last.</summary>
internal sealed class EngineContainer(IVideoStore store, string container) : IEngineStore
{
    private const string Record = "engine.json";

    public string Description => $"{store.Description}, {container}/engines";

    public Task<bool> FetchAsync(string name, string folder, CancellationToken cancellationToken) => AnswerAsync(async () =>
    {
        if (await store.FindAsync(At(name, Record), cancellationToken).ConfigureAwait(false) is null)
            return false;
        await foreach (var item in store.ListAsync(container, $"engines/{name}/", cancellationToken).ConfigureAwait(false))
            await store.DownloadAsync(item, Path.Combine(folder, item.Path.FileName), cancellationToken).ConfigureAwait(false);
        return true;
    });

    public Task KeepAsync(string name, string folder, CancellationToken cancellationToken) => AnswerAsync(async () =>
    {
        await store.EnsureContainerAsync(container, cancellationToken).ConfigureAwait(false);
        foreach (var file in Directory.EnumerateFiles(folder).OrderBy(f => Path.GetFileName(f) == Record))
        {
            await store.UploadAsync(
                file, At(name, Path.GetFileName(file)), "application/octet-stream", new Dictionary<string, string>(), overwrite: true, cancellationToken).ConfigureAwait(false);
        }
        return true;
    });

    private static async Task<bool> AnswerAsync(Func<Task<bool>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private StorePath At(string name, string file) => new(container, $"engines/{name}/{file}");
}
