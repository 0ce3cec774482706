using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Vfi.Pipeline;

namespace Vfi.Worker.Storage;

/// <summary>
/// A folder as a store: containers are the folders in its root. Files appear by renaming. Metadata lie beside, in hidden
/// files; a version is length and modification time.
/// </summary>
internal sealed class FolderStore(string root) : IVideoStore
{
    private const string Prefix = ".vfi-";
    private const string MetadataSuffix = ".metadata";
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromDays(1);
    private readonly string _root = Path.GetFullPath(root);

    public string Description => _root;

    public Task<StoreItem?> FindAsync(StorePath path, CancellationToken cancellationToken) => Run(path, () => Find(path));

    public Task DownloadAsync(StoreItem item, string file, CancellationToken cancellationToken) => Run(item.Path, async () =>
    {
        var source = LocalPath(item.Path);
        await using (var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        await using (var to = File.Create(file))
            await from.CopyToAsync(to, cancellationToken).ConfigureAwait(false);
        var now = Find(item.Path);
        if (now?.ETag != item.ETag || new FileInfo(file).Length != item.Length)
            throw new StoreException(StoreFailure.Conflict, $"{item.Path}: was replaced while it was read");
        return true;
    });

    public Task<StoreItem> UploadAsync(
        string file, StorePath path, string contentType, IReadOnlyDictionary<string, string> metadata, bool overwrite, CancellationToken cancellationToken) =>
        Run(path, async () =>
        {
            var target = LocalPath(path);
            var folder = Path.GetDirectoryName(target)!;
            Directory.CreateDirectory(folder);
            var temporary = Temporary(folder);
            var temporaryMetadata = Temporary(folder);
            try
            {
                await using (var from = File.OpenRead(file))
                await using (var to = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
                {
                    await from.CopyToAsync(to, cancellationToken).ConfigureAwait(false);
                    to.Flush(flushToDisk: true);
                }
                await DurableFile.WriteAsync(temporaryMetadata, JsonSerializer.Serialize(metadata), cancellationToken).ConfigureAwait(false);
                using (var held = await LockAsync(path.Container, cancellationToken).ConfigureAwait(false))
                {
                    if (!overwrite && File.Exists(target))
                        throw new StoreException(StoreFailure.Conflict, $"{path}: exists already");
                    // Metadata first: a result without them would not be known as this job's.
                    held.Publish(temporaryMetadata, MetadataPath(target), path);
                    held.Publish(temporary, target, path);
                }
                return Find(path)!;
            }
            finally
            {
                File.Delete(temporary);
                File.Delete(temporaryMetadata);
            }
        });

    public Task<StoreDocument?> ReadAsync(StorePath path, CancellationToken cancellationToken) => Run(path, async () =>
    {
        var file = LocalPath(path);
        using (await LockAsync(path.Container, cancellationToken).ConfigureAwait(false))
        {
            // The version first: should the lock be taken between the two, the text is newer, and a write on this version fails.
            var found = new FileInfo(file);
            var version = found.Exists ? Version(found) : null;
            return version is null ? null : new StoreDocument(await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false), version);
        }
    });

    public Task<string> WriteAsync(StorePath path, string text, string? expectedETag, CancellationToken cancellationToken) => Run(path, async () =>
    {
        var file = LocalPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var temporary = Temporary(Path.GetDirectoryName(file)!);
        try
        {
            await DurableFile.WriteAsync(temporary, text, cancellationToken).ConfigureAwait(false);
            using var held = await LockAsync(path.Container, cancellationToken).ConfigureAwait(false);
            var existing = new FileInfo(file);
            var version = existing.Exists ? Version(existing) : null;
            if (version != expectedETag)
                throw new StoreException(StoreFailure.Conflict, $"{path}: another writer was first");
            // Versions must differ even where the clock's ticks are coarse.
            if (existing.Exists && File.GetLastWriteTimeUtc(temporary) <= existing.LastWriteTimeUtc)
                File.SetLastWriteTimeUtc(temporary, existing.LastWriteTimeUtc.AddTicks(10));
            // Before it appears: a process that is stopped afterwards must not take the next writer's version for its own.
            var written = Version(new FileInfo(temporary));
            held.Publish(temporary, file, path);
            return written;
        }
        finally
        {
            File.Delete(temporary);
        }
    });

    public async IAsyncEnumerable<StoreItem> ListAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = Path.Combine(_root, container);
        if (!Directory.Exists(folder))
            yield break;
        var names = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => !Path.GetFileName(f).StartsWith(Prefix, StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(folder, f)).Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await FindAsync(new StorePath(container, name), cancellationToken).ConfigureAwait(false) is { } item)
                yield return item;
        }
    }

    public Task DeleteAsync(StorePath path, CancellationToken cancellationToken) => Run(path, () =>
    {
        var file = LocalPath(path);
        if (!Directory.Exists(Path.GetDirectoryName(file)))
            return true;
        // The item last: while it is there, it is found and removed again.
        File.Delete(MetadataPath(file));
        File.Delete(file);
        // Empty folders go, up to the container.
        for (var folder = Path.GetDirectoryName(file)!; folder.Length > Path.Combine(_root, path.Container).Length; folder = Path.GetDirectoryName(folder)!)
        {
            if (Directory.EnumerateFileSystemEntries(folder).Any())
                break;
            Directory.Delete(folder);
        }
        return true;
    });

    public bool TryResolve(string text, out StorePath? path, out string? problem)
    {
        path = null;
        problem = StorePath.IsUrl(text) ? "is a URL, but the store is a folder: give container/name" : null;
        return problem is null && StorePath.TryParse(text, out path, out problem);
    }

    public Task CheckWritableAsync(string container, CancellationToken cancellationToken) => Run(new StorePath(container, ""), () =>
    {
        Directory.CreateDirectory(Path.Combine(_root, container));
        using var trial = new FileStream(Temporary(Path.Combine(_root, container)), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        return true;
    });

    public Task EnsureContainerAsync(string container, CancellationToken cancellationToken) => Run(new StorePath(container, ""), () =>
    {
        Directory.CreateDirectory(Path.Combine(_root, container));
        RemoveLeftovers(Path.Combine(_root, container));
        return true;
    });

    /// <summary>What killed processes left: parts of uploads, emptied folders.</summary>
    private static void RemoveLeftovers(string container)
    {
        var before = DateTime.UtcNow - LeftoverAge;
        foreach (var part in Directory.EnumerateFiles(container, Prefix + "*.part", SearchOption.AllDirectories).Where(f => File.GetLastWriteTimeUtc(f) < before))
            File.Delete(part);
        foreach (var folder in Directory.EnumerateDirectories(container, "*", SearchOption.AllDirectories).OrderByDescending(d => d.Length).ToList())
        {
            if (Directory.GetLastWriteTimeUtc(folder) < before && !Directory.EnumerateFileSystemEntries(folder).Any())
                Directory.Delete(folder);
        }
    }

    private static string Temporary(string folder) => Path.Combine(folder, $"{Prefix}{Guid.NewGuid():N}.part");

    private static string MetadataPath(string file) => Path.Combine(Path.GetDirectoryName(file)!, HiddenName.Of(Path.GetFileName(file), Prefix, MetadataSuffix));

    private static string Version(FileInfo file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.Length:x}-{file.LastWriteTimeUtc.Ticks:x}");

    /// <summary>
    /// A container's lock: held by one at a time, for moments; a dead process holds nothing. From one that is frozen it is
    /// taken after a while: should that one wake inside its write, the document's next writer finds a version it did not
    /// expect, and its job is tried again.
    /// </summary>
    private async Task<ContainerLock> LockAsync(string container, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(_root, container));
        var path = Path.Combine(_root, container, Prefix + "lock");
        var since = Environment.TickCount64;
        while (true)
        {
            try
            {
                var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
                return new ContainerLock(held, path);
            }
            catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
            {
                // Both: this one has waited so long, and nobody has taken it meanwhile.
                if (Environment.TickCount64 - since > LongestHold.TotalMilliseconds && DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > LongestHold)
                    File.Delete(path);
                await Task.Delay(5, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static Task<T> Run<T>(StorePath path, Func<T> action) => Run(path, () => Task.FromResult(action()));

    private static async Task<T> Run<T>(StorePath path, Func<Task<T>> action)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StoreException(StoreFailure.NotFound, $"{path}: does not exist", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException(StoreFailure.Denied, $"{path}: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new StoreException(StoreFailure.Unavailable, $"{path}: {e.Message}", e);
        }
    }

    private StoreItem? Find(StorePath path)
    {
        var file = new FileInfo(LocalPath(path));
        if (!file.Exists)
            return null;
        var metadata = MetadataPath(file.FullName);
        var entries = File.Exists(metadata) ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(metadata)) : null;
        return new StoreItem(path, file.Length, Version(file), file.LastWriteTimeUtc, entries ?? []);
    }

    /// <summary>The file of a path; never outside of its container, whatever links lie in it.</summary>
    private string LocalPath(StorePath path)
    {
        var container = Path.Combine(_root, path.Container);
        var file = Path.GetFullPath(Path.Combine(container, path.Name));
        if (!file.StartsWith(container + "/", StringComparison.Ordinal) || path.FileName.StartsWith(Prefix, StringComparison.Ordinal))
            throw new StoreException(StoreFailure.Denied, $"{path}: is not a file of the container");
        for (var part = file; part.Length > container.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new FileInfo(part).LinkTarget is not null)
                throw new StoreException(StoreFailure.Denied, $"{path}: leads through a symbolic link");
        }
        return file;
    }

    /// <summary>A lock that is held, unless it was taken from a process that stood still.</summary>
    private sealed class ContainerLock(FileStream stream, string path) : IDisposable
    {
        private readonly DateTime _stamp = File.GetLastWriteTimeUtc(path);

        /// <exception cref="StoreException">The lock was taken from this process.</exception>
        public void Publish(string temporary, string target, StorePath item)
        {
            if (File.GetLastWriteTimeUtc(path) != _stamp)
                throw new StoreException(StoreFailure.Conflict, $"{item}: this process was stopped while it wrote, and another writer was first");
            File.Move(temporary, target, overwrite: true);
        }

        public void Dispose() => stream.Dispose();
    }
}
