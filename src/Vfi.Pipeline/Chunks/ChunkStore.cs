using System.Security.Cryptography;
using System.Text.Json;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Media;

namespace Vfi.Pipeline.Chunks;

/// <summary>
/// A work folder: chunk files and the manifest that names the finished ones. The manifest is replaced atomically
/// after a chunk's file is on disk, so that whatever happens in between, what it names is whole.
/// </summary>
public sealed class ChunkStore : IDisposable
{
    /// <summary>The manifest's name in the folder.</summary>
    public const string ManifestName = "manifest.json";
    private const string LockName = "lock";
    private readonly FileStream _lock;
    private readonly Lock _writing = new();
    private ChunkManifest _manifest;

    private ChunkStore(string folder, FileStream heldLock, ChunkManifest manifest, string? restartReason)
    {
        (Folder, _lock, _manifest, RestartReason) = (folder, heldLock, manifest, restartReason);
    }

    public string Folder { get; }

    /// <summary>Why earlier chunks were dropped; null: there were none, or they are used.</summary>
    public string? RestartReason { get; }

    public IReadOnlyDictionary<int, ChunkRecord> Finished => _manifest.Chunks;

    public FrameCounts Counts => _manifest.Chunks.Values.Aggregate(new FrameCounts(), (a, c) => a + c.Frames);

    /// <summary>Opens a work folder, creates it where it is missing, and checks every finished chunk.</summary>
    /// <param name="folder">Held against other processes until disposed.</param>
    /// <param name="wanted">Identity of input and options, without chunks.</param>
    /// <param name="plan">The chunks as they are planned now.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="VfiException">In use by another process (failed), or not writable (bad input).</exception>
    public static async Task<ChunkStore> OpenAsync(
        string folder, ChunkManifest wanted, IReadOnlyList<Chunk> plan, CancellationToken cancellationToken)
    {
        FileStream held;
        try
        {
            Directory.CreateDirectory(folder);
            held = new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw VfiException.BadInput($"{folder}: cannot be written to; choose another --work-dir or output", e);
        }
        catch (IOException e) when (DiskSpace.IsFull(e))
        {
            throw DiskSpace.Failure(folder, e);
        }
        catch (IOException e) when (Directory.Exists(folder))
        {
            throw VfiException.Failed($"{folder}: is in use by another conversion; wait for it, or choose another --work-dir", e);
        }
        catch (IOException e)
        {
            throw VfiException.BadInput($"{folder}: cannot be created ({e.Message}); choose another --work-dir or output", e);
        }
        try
        {
            var (existing, reason) = Read(folder, wanted);
            var manifest = wanted;
            foreach (var (index, record) in existing?.Chunks ?? [])
            {
                if (index < plan.Count && plan[index].First == record.First && plan[index].Count == record.Count
                    && await IsWholeAsync(folder, record, cancellationToken).ConfigureAwait(false))
                {
                    manifest.Chunks[index] = record;
                }
            }
            foreach (var file in Directory.EnumerateFiles(folder, "chunk-*").Where(f => manifest.Chunks.Values.All(c => c.File != Path.GetFileName(f))))
                File.Delete(file);
            return new ChunkStore(folder, held, manifest, reason);
        }
        catch
        {
            await held.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Where a chunk is written before it is finished.</summary>
    public string PartialPath(Chunk chunk, string extension) => Path.Combine(Folder, $"chunk-{chunk.Index:D6}.part.{extension}");

    /// <summary>Makes a written chunk durable and records it.</summary>
    public async Task<ChunkRecord> FinishAsync(Chunk chunk, string extension, FrameCounts counts, CancellationToken cancellationToken)
    {
        var partial = PartialPath(chunk, extension);
        var name = $"chunk-{chunk.Index:D6}.{extension}";
        string hash;
        await using (var stream = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite))
        {
            hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
            stream.Flush(flushToDisk: true);
        }
        File.Move(partial, Path.Combine(Folder, name), overwrite: true);
        var record = new ChunkRecord(name, chunk.First, chunk.Count, new FileInfo(Path.Combine(Folder, name)).Length, hash, counts);
        lock (_writing)
        {
            var manifest = _manifest with { Chunks = new SortedDictionary<int, ChunkRecord>(_manifest.Chunks) { [chunk.Index] = record } };
            var temporary = Path.Combine(Folder, ManifestName + ".part");
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                JsonSerializer.Serialize(stream, manifest, ChunkManifestJson.Default.ChunkManifest);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, Path.Combine(Folder, ManifestName), overwrite: true);
            // Not before it is on disk: a full disk may be in the way.
            _manifest = manifest;
        }
        return record;
    }

    /// <summary>Removes the folder with all chunks.</summary>
    public void Delete()
    {
        _lock.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    public void Dispose() => _lock.Dispose();

    private static (ChunkManifest? Manifest, string? Reason) Read(string folder, ChunkManifest wanted)
    {
        var path = Path.Combine(folder, ManifestName);
        if (!File.Exists(path))
            return (null, null);
        try
        {
            var manifest = JsonSerializer.Deserialize(File.ReadAllText(path), ChunkManifestJson.Default.ChunkManifest);
            var difference = manifest is null ? "its manifest is empty" : manifest.DifferenceTo(wanted);
            return difference is null ? (manifest, null) : (null, difference);
        }
        catch (JsonException)
        {
            return (null, "its manifest is damaged");
        }
    }

    private static async Task<bool> IsWholeAsync(string folder, ChunkRecord record, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(folder, record.File));
        if (!file.Exists || file.Length != record.Bytes)
            return false;
        await using var stream = file.OpenRead();
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false)) == record.Sha256;
    }
}
