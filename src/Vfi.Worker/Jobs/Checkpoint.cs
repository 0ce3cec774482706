using Vfi.Pipeline.Chunks;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Jobs;

/// <summary>Finished chunks and their manifest in the store, so that another node goes on where this one died.</summary>
internal sealed class Checkpoint(IVideoStore store, string stateContainer, string jobId)
{
    private const string Root = "checkpoints/";
    private static readonly Dictionary<string, string> NoMetadata = [];
    private readonly string _prefix = $"{Root}{jobId}/";

    /// <summary>Brings what is there into a work folder; the pipeline verifies it against the manifest's hashes.</summary>
    /// <returns>The number of chunk files.</returns>
    public async Task<int> RestoreAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var items = new List<StoreItem>();
        await foreach (var item in store.ListAsync(stateContainer, _prefix, cancellationToken).ConfigureAwait(false))
            items.Add(item);
        // Without a manifest the chunks mean nothing.
        if (items.All(i => i.Path.FileName != ChunkStore.ManifestName))
            return 0;
        foreach (var item in items)
        {
            try
            {
                await store.DownloadAsync(item, Path.Combine(folder, item.Path.FileName), cancellationToken).ConfigureAwait(false);
            }
            catch (StoreException e) when (e.Failure is StoreFailure.NotFound or StoreFailure.Conflict)
            {
                // An attempt that lost its claim may still have been writing: that chunk is made again.
                File.Delete(Path.Combine(folder, item.Path.FileName));
            }
        }
        return items.Count - 1;
    }

    /// <summary>Adds a finished chunk: first its file, then the manifest that names it.</summary>
    public async Task SaveAsync(string folder, ChunkRecord chunk, CancellationToken cancellationToken)
    {
        await UploadAsync(folder, chunk.File, "application/octet-stream", cancellationToken).ConfigureAwait(false);
        await UploadAsync(folder, ChunkStore.ManifestName, "application/json", cancellationToken).ConfigureAwait(false);
    }

    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await foreach (var item in store.ListAsync(stateContainer, _prefix, cancellationToken).ConfigureAwait(false))
            await store.DeleteAsync(item.Path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the checkpoints that nothing has touched since a time.</summary>
    /// <returns>The jobs whose checkpoints were removed.</returns>
    public static async Task<IReadOnlyList<string>> SweepAsync(
        IVideoStore store, string stateContainer, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var newest = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        await foreach (var item in store.ListAsync(stateContainer, Root, cancellationToken).ConfigureAwait(false))
        {
            var job = item.Path.Name.Split('/')[1];
            if (!newest.TryGetValue(job, out var time) || item.Modified > time)
                newest[job] = item.Modified;
        }
        var old = newest.Where(j => j.Value < before).Select(j => j.Key).ToList();
        foreach (var job in old)
            await new Checkpoint(store, stateContainer, job).DeleteAsync(cancellationToken).ConfigureAwait(false);
        return old;
    }

    private Task<StoreItem> UploadAsync(string folder, string name, string contentType, CancellationToken cancellationToken) =>
        store.UploadAsync(Path.Combine(folder, name), new StorePath(stateContainer, _prefix + name), contentType, NoMetadata, overwrite: true, cancellationToken);
}
