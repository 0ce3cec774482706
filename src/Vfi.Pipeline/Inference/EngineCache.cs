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
public sealed class EngineCache(string root, long maximumBytes, TimeSpan wait, Action<string> note)
{
    private const string RecordName = "engine.json";
    private const string UsedName = "used";
    private const string PartSuffix = ".part";
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    /// <summary>Whether the engine is there and whole.</summary>
    public bool Has(EngineKey key) => Inspect(Folder(key)).Problem is null;

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
        return await BuildAsync(key, Path.Combine(root, $"{key.FolderName}.{Guid.NewGuid():N}{PartSuffix}"), open, accept, keep: true).ConfigureAwait(false);
    }

    /// <summary>Everything in the cache, the most recently used first.</summary>
    public IReadOnlyList<CachedEngine> List() => !Directory.Exists(root) ? []
        : [.. Directory.EnumerateDirectories(root).Select(Inspect).OrderByDescending(e => e.Used)];

    /// <summary>Removes what is broken, then the least recently used until the rest fits.</summary>
    /// <returns>What was removed.</returns>
    public IReadOnlyList<CachedEngine> Prune(long? maximum = null)
    {
        var removed = new List<CachedEngine>();
        long kept = 0;
        foreach (var engine in List())
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

    private string Folder(EngineKey key) => Path.Combine(root, key.FolderName);

    private bool TryOpen<T>(EngineKey key, Func<string, T> open, Action<T> accept, out T? session)
        where T : IDisposable
    {
        session = default;
        var folder = Folder(key);
        if (!Directory.Exists(folder))
            return false;
        if (Inspect(folder) is { Problem: { } problem })
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
        foreach (var engine in Prune())
            note($"removed the engine {engine.Folder}: {engine.Problem ?? "the cache is full"}");
    }

    private static CachedEngine Inspect(string folder)
    {
        var used = new FileInfo(Path.Combine(folder, UsedName));
        var when = used.Exists ? used.LastWriteTimeUtc : Directory.GetLastWriteTimeUtc(folder);
        EngineRecord? record = null;
        string? problem;
        try
        {
            record = JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(folder, RecordName)), EngineJson.Default.EngineRecord);
            problem = record is null ? "engine.json is empty"
                : record.Key.FolderName != Path.GetFileName(folder) ? "it was built for something else"
                : record.Files.Select(f => Damage(folder, f)).FirstOrDefault(d => d is not null);
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

    private static string? Damage(string folder, EngineFile file)
    {
        var path = Path.Combine(folder, Path.GetFileName(file.Name));
        if (!File.Exists(path))
            return $"{file.Name} is missing";
        return new FileInfo(path).Length != file.Length || Hash(path) != file.Sha256 ? $"{file.Name} is damaged" : null;
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
public sealed class EngineRefusedException(string message) : Exception(message);
