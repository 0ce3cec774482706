using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Vfi.Pipeline.Inference;

/// <summary>A folder of the cache, for lists.</summary>
/// <param name="Folder">Its path.</param>
/// <param name="Record">Null: not an engine, or not a complete one.</param>
/// <param name="Used">When it was opened last.</param>
/// <param name="Problem">Why it cannot be used; null: it can.</param>
public sealed record CachedEngine(string Folder, EngineRecord? Record, DateTimeOffset Used, string? Problem);

/// <summary>
/// Built engines, a folder each, in one folder that processes and nodes may share. An engine appears by renaming a finished
/// folder; of several processes that want the same one, one builds and the others wait.
/// </summary>
/// <param name="root">Made when it is first written to.</param>
/// <param name="maximumBytes">The least recently used go beyond this.</param>
/// <param name="wait">How long to wait for another process's build.</param>
/// <param name="note">Told what happens, for people.</param>
/// <param name="remote">Asked before an engine is built, and given what was built; null: none.</param>
public sealed class EngineCache(string root, long maximumBytes, TimeSpan wait, Action<string> note, IEngineStore? remote = null)
{
    private const string RecordName = "engine.json";
    private const string UsedName = "used";
    private const string PartSuffix = ".part";
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    /// <summary>Whether the engine is there and whole.</summary>
    public bool Has(EngineKey key) => Inspect(Folder(key), key.FolderName, thorough: true).Problem is null;

    /// <summary>Opens an engine, building it when it is not there.</summary>
    /// <param name="key">What it depends on.</param>
    /// <param name="open">Makes a session on the folder: finds the engine's files in it, or leaves them there.</param>
    /// <param name="accept">Called with every session, and before an engine is kept; throws to refuse it.</param>
    /// <param name="cancellationToken">Ends the waiting; a build itself cannot be interrupted.</param>
    /// <exception cref="VfiException">Another process has been building it for too long (failed).</exception>
    public async Task<T> OpenAsync<T>(EngineKey key, Func<string, T> open, Action<T> accept, CancellationToken cancellationToken)
        where T : IDisposable
    {
        if (TryOpen(key, open, accept, out var session))
            return session!;
        if (WhyNotWritable() is { } problem)
        {
            note($"the engine cache {root} cannot be written ({problem}): the engine is built for this process alone");
            return await BuildAsync(key, Path.Combine(Path.GetTempPath(), $"vfi-engine-{Guid.NewGuid():N}"), open, accept, keep: false).ConfigureAwait(false);
        }
        using var held = await LockAsync(key, cancellationToken).ConfigureAwait(false);
        if (TryOpen(key, open, accept, out session))
            return session!;
        foreach (var part in Directory.EnumerateDirectories(root, key.FolderName + ".*" + PartSuffix))
        {
            note($"removed an unfinished engine: {part}");
            Directory.Delete(part, recursive: true);
        }
        if (await FetchAsync(key, cancellationToken).ConfigureAwait(false) && TryOpen(key, open, accept, out session))
            return session!;
        session = await BuildAsync(key, PartOf(key), open, accept, keep: true).ConfigureAwait(false);
        await ShareAsync(key, cancellationToken).ConfigureAwait(false);
        return session;
    }

    /// <summary>Everything in the cache, the most recently used first.</summary>
    /// <param name="thorough">Whether contents are compared with their hashes, which reads all of them.</param>
    public IReadOnlyList<CachedEngine> List(bool thorough = true) => !Directory.Exists(root) ? []
        : [.. Directory.EnumerateDirectories(root).Select(f => Inspect(f, Path.GetFileName(f), thorough)).OrderByDescending(e => e.Used)];

    /// <summary>Removes what is broken, then the least recently used until the rest fits.</summary>
    /// <returns>What was removed.</returns>
    /// <param name="maximum">In bytes; null: the cache's own.</param>
    /// <param name="thorough">As for <see cref="List"/>.</param>
    public IReadOnlyList<CachedEngine> Prune(long? maximum = null, bool thorough = true)
    {
        var removed = new List<CachedEngine>();
        long kept = 0;
        foreach (var engine in List(thorough))
        {
            var size = new DirectoryInfo(engine.Folder).EnumerateFiles().Sum(f => f.Length);
            // What another process is building is not old.
            var building = engine.Folder.EndsWith(PartSuffix, StringComparison.Ordinal) && DateTimeOffset.UtcNow - engine.Used < wait;
            if (building || (engine.Problem is null && kept + size <= (maximum ?? maximumBytes)))
            {
                kept += size;
                continue;
            }
            Directory.Delete(engine.Folder, recursive: true);
            removed.Add(engine);
        }
        return removed;
    }

    private string PartOf(EngineKey key) => Path.Combine(root, $"{key.FolderName}.{Guid.NewGuid():N}{PartSuffix}");

    /// <summary>Brings an engine that another node built; what does not come is built here.</summary>
    private async Task<bool> FetchAsync(EngineKey key, CancellationToken cancellationToken)
    {
        if (remote is null)
            return false;
        var part = Directory.CreateDirectory(PartOf(key)).FullName;
        try
        {
            if (!await remote.FetchAsync(key.FolderName, part, cancellationToken).ConfigureAwait(false))
                return false;
            if (Inspect(part, key.FolderName, thorough: true).Problem is { } problem)
            {
                note($"the engine {key.FolderName} from {remote.Description} is discarded: {problem}");
                return false;
            }
            Touch(part);
            if (Directory.Exists(Folder(key)))
                Directory.Delete(Folder(key), recursive: true);
            Directory.Move(part, Folder(key));
            note($"fetched the engine {key.FolderName} from {remote.Description}");
            return true;
        }
        catch (IOException e)
        {
            note($"no engine could be fetched from {remote.Description}: {e.Message}");
            return false;
        }
        finally
        {
            if (Directory.Exists(part))
                Directory.Delete(part, recursive: true);
        }
    }

    private async Task ShareAsync(EngineKey key, CancellationToken cancellationToken)
    {
        if (remote is null)
            return;
        try
        {
            await remote.KeepAsync(key.FolderName, Folder(key), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            note($"the engine {key.FolderName} could not be shared with {remote.Description}: {e.Message}");
        }
    }

    private string Folder(EngineKey key) => Path.Combine(root, key.FolderName);

    private bool TryOpen<T>(EngineKey key, Func<string, T> open, Action<T> accept, out T? session)
        where T : IDisposable
    {
        session = default;
        var folder = Folder(key);
        if (!Directory.Exists(folder))
            return false;
        if (Inspect(folder, key.FolderName, thorough: true) is { Problem: { } problem })
        {
            note($"the engine {folder} is discarded: {problem}");
            return false;
        }
        session = Accepted(open(folder), accept);
        Touch(folder);
        return true;
    }

    private async Task<T> BuildAsync<T>(EngineKey key, string part, Func<string, T> open, Action<T> accept, bool keep)
        where T : IDisposable
    {
        note($"building the engine {key.FolderName} for {key.Device.Gpu}; this takes minutes");
        var watch = Stopwatch.StartNew();
        Directory.CreateDirectory(part);
        try
        {
            var session = Accepted(await Task.Run(() => open(part)).ConfigureAwait(false), s =>
            {
                accept(s);
                if (keep)
                    Keep(key, part, watch.Elapsed.TotalSeconds);
            });
            note($"built {key.FolderName} in {watch.Elapsed.TotalSeconds:0.0} s");
            return session;
        }
        finally
        {
            if (Directory.Exists(part))
                Directory.Delete(part, recursive: true);
        }
    }

    /// <summary>The session, or its end when it is refused.</summary>
    internal static T Accepted<T>(T session, Action<T> accept)
        where T : IDisposable
    {
        try
        {
            accept(session);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void Keep(EngineKey key, string part, double seconds)
    {
        var files = new DirectoryInfo(part).EnumerateFiles().Select(f => new EngineFile(f.Name, f.Length, Hash(f.FullName))).ToList();
        if (files.Count == 0)
        {
            // Nothing was compiled: the provider ran nothing of the graph.
            throw new EngineRefusedException("the provider left no engine");
        }
        var record = new EngineRecord { Key = key, Files = files, Built = DateTimeOffset.UtcNow, BuildSeconds = Math.Round(seconds, 3) };
        File.WriteAllText(Path.Combine(part, RecordName), JsonSerializer.Serialize(record, EngineJson.Default.EngineRecord));
        Touch(part);
        var folder = Folder(key);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.Move(part, folder);
        foreach (var engine in Prune(thorough: false))
            note($"removed the engine {engine.Folder}: {engine.Problem ?? "the cache is full"}");
    }

    private static CachedEngine Inspect(string folder, string name, bool thorough)
    {
        var used = new FileInfo(Path.Combine(folder, UsedName));
        var when = used.Exists ? used.LastWriteTimeUtc : Directory.GetLastWriteTimeUtc(folder);
        EngineRecord? record = null;
        string? problem;
        try
        {
            record = JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(folder, RecordName)), EngineJson.Default.EngineRecord);
            problem = record is null ? "engine.json is empty"
                : record.Key.FolderName != name ? "it was built for something else"
                : record.Files.Select(f => Damage(folder, f, thorough)).FirstOrDefault(d => d is not null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "it is not complete (no engine.json)";
        }
        catch (JsonException)
        {
            problem = "engine.json is damaged";
        }
        return new CachedEngine(folder, record, when, problem);
    }

    private static string? Damage(string folder, EngineFile file, bool thorough)
    {
        var path = Path.Combine(folder, Path.GetFileName(file.Name));
        if (!File.Exists(path))
            return $"{file.Name} is missing";
        return new FileInfo(path).Length != file.Length || (thorough && Hash(path) != file.Sha256) ? $"{file.Name} is damaged" : null;
    }

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void Touch(string folder)
    {
        try
        {
            File.WriteAllText(Path.Combine(folder, UsedName), "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache that is only read orders its engines by age alone.
        }
    }

    private string? WhyNotWritable()
    {
        var probe = Path.Combine(root, $".probe-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(root);
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private async Task<FileStream> LockAsync(EngineKey key, CancellationToken cancellationToken)
    {
        var path = Folder(key) + ".lock";
        var watch = Stopwatch.StartNew();
        var said = false;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e is not DirectoryNotFoundException)
            {
                if (watch.Elapsed > wait)
                    throw VfiException.Failed($"another process has been building {key.FolderName} for {wait.TotalSeconds:0} s (Inference:EngineWaitSeconds); if none is, delete {path}");
                if (!said)
                    note($"another process builds {key.FolderName}; waiting");
                said = true;
                await Task.Delay(Retry, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

/// <summary>An engine was built but cannot be trusted.</summary>
public sealed class EngineRefusedException(string message, Exception? inner = null) : Exception(message, inner);
