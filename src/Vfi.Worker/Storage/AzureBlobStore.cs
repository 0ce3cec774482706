using System.Runtime.CompilerServices;
using System.Text;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Polly;
using Vfi.Worker.Hosting;

namespace Vfi.Worker.Storage;

/// <summary>
/// Azure blobs. Downloads are parallel ranges pinned to one ETag. Uploads stage blocks whose ids belong to this attempt
/// alone, each with its MD5, and appear by one conditional commit: what another attempt stages can neither be seen nor mixed in.
/// </summary>
internal sealed class AzureBlobStore(BlobServiceClient client, StoreOptions options, ResiliencePipeline resilience) : IVideoStore
{
    private const int MaximumBlocks = 50_000;
    private const string CheckName = "vfi-check";

    private static readonly BlockBlobStageBlockOptions CheckedByMd5 =
        new() { TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 } };

    public string Description => client.Uri.ToString();

    /// <summary>Blobs that one call lists at most; null: as many as the service gives, 5000.</summary>
    public int? PageSize { get; init; }

    public Task<StoreItem?> FindAsync(StorePath path, CancellationToken cancellationToken) => RunAsync<StoreItem?>(path, async token =>
    {
        try
        {
            var properties = (await Blob(path).GetPropertiesAsync(cancellationToken: token).ConfigureAwait(false)).Value;
            return new StoreItem(path, properties.ContentLength, properties.ETag.ToString("H"), properties.LastModified, Lower(properties.Metadata));
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }, cancellationToken);

    public async Task DownloadAsync(StoreItem item, string file, CancellationToken cancellationToken)
    {
        using var handle = File.OpenHandle(file, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.Asynchronous, item.Length);
        var blob = Blob(item.Path);
        var conditions = new BlobRequestConditions { IfMatch = new ETag(item.ETag) };
        await Parallel.ForAsync(0, Blocks(item.Length, BlockBytes(item.Length)), Concurrency(cancellationToken), async (block, token) =>
        {
            var offset = block * BlockBytes(item.Length);
            var length = Math.Min(BlockBytes(item.Length), item.Length - offset);
            await RunAsync(item.Path, async t =>
            {
                var response = await blob.DownloadStreamingAsync(
                    new BlobDownloadOptions { Range = new HttpRange(offset, length), Conditions = conditions }, t).ConfigureAwait(false);
                await using var content = response.Value.Content;
                var buffer = new byte[128 * 1024];
                for (var at = offset; at < offset + length;)
                {
                    var count = await content.ReadAsync(buffer, t).ConfigureAwait(false);
                    if (count == 0)
                        throw new IOException($"{item.Path}: the download ended early");
                    await RandomAccess.WriteAsync(handle, buffer.AsMemory(0, count), at, t).ConfigureAwait(false);
                    at += count;
                }
                return true;
            }, token).ConfigureAwait(false);
        }).ConfigureAwait(false);
        if ((await FindAsync(item.Path, cancellationToken).ConfigureAwait(false))?.ETag != item.ETag)
            throw new StoreException(StoreFailure.Conflict, $"{item.Path}: was replaced while it was read");
    }

    public async Task<StoreItem> UploadAsync(
        string file, StorePath path, string contentType, IReadOnlyDictionary<string, string> metadata, bool overwrite, CancellationToken cancellationToken)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.Asynchronous);
        var total = RandomAccess.GetLength(handle);
        var blob = client.GetBlobContainerClient(path.Container).GetBlockBlobClient(path.Name);
        var attempt = Guid.NewGuid().ToString("N");
        var ids = Enumerable.Range(0, (int)Blocks(total, BlockBytes(total)))
            .Select(i => Convert.ToBase64String(Encoding.ASCII.GetBytes($"{attempt}-{i:D6}"))).ToList();
        await Parallel.ForAsync(0, ids.Count, Concurrency(cancellationToken), async (block, token) =>
        {
            var offset = block * BlockBytes(total);
            var buffer = new byte[Math.Min(BlockBytes(total), total - offset)];
            for (var at = 0; at < buffer.Length;)
            {
                var count = await RandomAccess.ReadAsync(handle, buffer.AsMemory(at), offset + at, token).ConfigureAwait(false);
                at += count > 0 ? count : throw new IOException($"{file}: became shorter while it was uploaded");
            }
            await RunAsync(path, t => blob.StageBlockAsync(ids[block], new MemoryStream(buffer), CheckedByMd5, t), token).ConfigureAwait(false);
        }).ConfigureAwait(false);
        var commit = new CommitBlockListOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = contentType },
            Metadata = metadata.ToDictionary(),
            Conditions = overwrite ? null : new BlobRequestConditions { IfNoneMatch = ETag.All },
        };
        try
        {
            var info = await RunAsync(path, t => blob.CommitBlockListAsync(ids, commit, t), cancellationToken).ConfigureAwait(false);
            return new StoreItem(path, total, info.Value.ETag.ToString("H"), info.Value.LastModified, metadata);
        }
        catch (StoreException e) when (e.Failure == StoreFailure.Conflict)
        {
            // A commit that was repeated after a lost answer meets itself: no other attempt has these blocks.
            var there = await RunAsync(path, t => blob.GetBlockListAsync(BlockListTypes.Committed, cancellationToken: t), cancellationToken).ConfigureAwait(false);
            if (there.Value.CommittedBlocks.FirstOrDefault().Name is not { } first || first != ids.FirstOrDefault())
                throw;
            return new StoreItem(path, total, there.Value.ETag.ToString("H"), there.Value.LastModified, metadata);
        }
    }

    public Task<StoreDocument?> ReadAsync(StorePath path, CancellationToken cancellationToken) => RunAsync<StoreDocument?>(path, async token =>
    {
        try
        {
            var content = (await Blob(path).DownloadContentAsync(token).ConfigureAwait(false)).Value;
            return new StoreDocument(content.Content.ToString(), content.Details.ETag.ToString("H"));
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
        catch (RequestFailedException e) when (e.Status == 412)
        {
            // The client goes on where a connection broke, but not with another version.
            throw new IOException($"{path}: was replaced while it was read", e);
        }
    }, cancellationToken);

    public Task<string> WriteAsync(StorePath path, string text, string? expectedETag, CancellationToken cancellationToken) => RunAsync(path, async token =>
    {
        var upload = new BlobUploadOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
            Conditions = expectedETag is null ? new BlobRequestConditions { IfNoneMatch = ETag.All } : new BlobRequestConditions { IfMatch = new ETag(expectedETag) },
        };
        return (await Blob(path).UploadAsync(BinaryData.FromString(text), upload, token).ConfigureAwait(false)).Value.ETag.ToString("H");
    }, cancellationToken);

    public async IAsyncEnumerable<StoreItem> ListAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Each page is a call of its own: a list that has failed once is over, and would be taken for a shorter one.
        for (string? next = null; next != "";)
        {
            var from = next;
            var page = await RunAsync(new StorePath(container, prefix), async t => await client.GetBlobContainerClient(container)
                .GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, prefix, t).AsPages(from, PageSize).FirstAsync(t).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            next = page.ContinuationToken ?? "";
            foreach (var blob in page.Values.Where(b => !IsFolder(b)))
            {
                yield return new StoreItem(
                    new StorePath(container, blob.Name), blob.Properties.ContentLength ?? 0, blob.Properties.ETag?.ToString("H") ?? "",
                    blob.Properties.LastModified ?? default, Lower(blob.Metadata ?? new Dictionary<string, string>()));
            }
        }
    }

    public Task DeleteAsync(StorePath path, CancellationToken cancellationToken) =>
        RunAsync(path, t => Blob(path).DeleteIfExistsAsync(cancellationToken: t), cancellationToken);

    public bool TryResolve(string text, out StorePath? path, out string? problem)
    {
        path = null;
        problem = null;
        if (!StorePath.IsUrl(text))
            return StorePath.TryParse(text, out path, out problem);
        // The account is the host, or, for emulators, the host and the first part of the path.
        var account = client.Uri.ToString().TrimEnd('/') + "/";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Query.Length > 0 || url.Fragment.Length > 0)
            problem = "is not a plain URL of a blob: give it without query, signature or fragment";
        else if (!url.ToString().StartsWith(account, StringComparison.OrdinalIgnoreCase))
            problem = $"is not in the allowed account {account}";
        else
            return StorePath.TryParse(Uri.UnescapeDataString(url.AbsolutePath)[(Uri.UnescapeDataString(client.Uri.AbsolutePath).TrimEnd('/').Length + 1)..], out path, out problem);
        return false;
    }

    /// <summary>A block that is never committed shows nowhere, and the service removes it.</summary>
    public Task CheckWritableAsync(string container, CancellationToken cancellationToken) => RunAsync(
        new StorePath(container, ""),
        t => client.GetBlobContainerClient(container).GetBlockBlobClient(CheckName).StageBlockAsync(Convert.ToBase64String("check"u8), new MemoryStream([0]), cancellationToken: t),
        cancellationToken);

    public Task EnsureContainerAsync(string container, CancellationToken cancellationToken) =>
        RunAsync(new StorePath(container, ""), t => client.GetBlobContainerClient(container).CreateIfNotExistsAsync(cancellationToken: t), cancellationToken);

    /// <summary>Accounts with a hierarchical namespace list their folders among the blobs.</summary>
    private static bool IsFolder(BlobItem blob) => blob.Metadata is { } metadata && metadata.TryGetValue("hdi_isfolder", out var mark) && mark == "true";

    private static Dictionary<string, string> Lower(IDictionary<string, string> metadata) =>
        metadata.ToDictionary(m => m.Key.ToLowerInvariant(), m => m.Value);

    private static long Blocks(long length, long block) => (length + block - 1) / block;

    private long BlockBytes(long total) => Math.Max((long)options.BlockMegabytes << 20, Blocks(total, MaximumBlocks));

    private ParallelOptions Concurrency(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellationToken };

    private BlobClient Blob(StorePath path) => client.GetBlobContainerClient(path.Container).GetBlobClient(path.Name);

    private async Task<T> RunAsync<T>(StorePath path, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await resilience.ExecuteAsync(async token => await call(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or StoreException) && StoreFailures.Of(e) is { } failure)
        {
            throw new StoreException(failure, $"{path}: {StoreFailures.Describe(e)}", e);
        }
    }
}
