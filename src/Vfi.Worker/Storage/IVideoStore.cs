namespace Vfi.Worker.Storage;

/// <summary>An item as it is now.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Length">In bytes.</param>
/// <param name="ETag">Changes whenever the item does.</param>
/// <param name="Modified">When it last changed.</param>
/// <param name="Metadata">Names and values given at upload, names in lower case.</param>
internal sealed record StoreItem(StorePath Path, long Length, string ETag, DateTimeOffset Modified, IReadOnlyDictionary<string, string> Metadata);

/// <summary>A small document and the version that was read.</summary>
internal sealed record StoreDocument(string Text, string ETag);

/// <summary>Why a store refused.</summary>
internal enum StoreFailure
{
    /// <summary>There is no such item.</summary>
    NotFound,

    /// <summary>A condition does not hold: the item exists already, or is another version.</summary>
    Conflict,

    /// <summary>The worker may not do this.</summary>
    Denied,

    /// <summary>The item is in an archive, from which it comes back in hours.</summary>
    Archived,

    /// <summary>Anything that may go away by itself.</summary>
    Unavailable,
}

/// <summary>A failure of the store, with the item's path in its message.</summary>
internal sealed class StoreException(StoreFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public StoreFailure Failure { get; } = failure;
}

/// <summary>
/// Holds videos, results, status documents and checkpoints. What is uploaded appears whole or not at all. All members
/// throw <see cref="StoreException"/>.
/// </summary>
internal interface IVideoStore
{
    /// <summary>For logs.</summary>
    string Description { get; }

    /// <returns>Null: there is no such item.</returns>
    Task<StoreItem?> FindAsync(StorePath path, CancellationToken cancellationToken);

    /// <summary>Copies an item to a local file.</summary>
    /// <param name="item">As it was found; another version is a <see cref="StoreFailure.Conflict"/>.</param>
    /// <param name="file">Overwritten.</param>
    /// <param name="cancellationToken">Leaves a part of the file.</param>
    Task DownloadAsync(StoreItem item, string file, CancellationToken cancellationToken);

    /// <summary>Copies a local file to the store.</summary>
    /// <param name="file">Read twice or more where parts are tried again.</param>
    /// <param name="path">Where it appears when all of it is there.</param>
    /// <param name="contentType">MIME type.</param>
    /// <param name="metadata">Names in lower case: letters and digits.</param>
    /// <param name="overwrite">Without it, an existing item is a <see cref="StoreFailure.Conflict"/>.</param>
    /// <param name="cancellationToken">Leaves nothing visible.</param>
    Task<StoreItem> UploadAsync(
        string file, StorePath path, string contentType, IReadOnlyDictionary<string, string> metadata, bool overwrite, CancellationToken cancellationToken);

    /// <returns>Null: there is no such document.</returns>
    Task<StoreDocument?> ReadAsync(StorePath path, CancellationToken cancellationToken);

    /// <summary>Writes a small JSON document if it is still the version that is expected.</summary>
    /// <param name="path">Where.</param>
    /// <param name="text">The new text.</param>
    /// <param name="expectedETag">Of the version to replace; null: there must be none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The new version.</returns>
    Task<string> WriteAsync(StorePath path, string text, string? expectedETag, CancellationToken cancellationToken);

    /// <summary>Items of a container whose names begin with a prefix, in order.</summary>
    IAsyncEnumerable<StoreItem> ListAsync(string container, string prefix, CancellationToken cancellationToken);

    /// <summary>Removes an item; none is fine.</summary>
    Task DeleteAsync(StorePath path, CancellationToken cancellationToken);

    /// <summary>Makes a path of what a job names: <c>container/name</c> or a URL of this store's account.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="path">The path, when there is no problem.</param>
    /// <param name="problem">What is wrong, for the sender.</param>
    bool TryResolve(string text, out StorePath? path, out string? problem);

    /// <summary>Sees that items can be written into a container; leaves nothing that is seen.</summary>
    Task CheckWritableAsync(string container, CancellationToken cancellationToken);

    /// <summary>Creates the container where it is missing.</summary>
    Task EnsureContainerAsync(string container, CancellationToken cancellationToken);
}
