using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Queues;

/// <summary>
/// A folder as a queue: <c>pending/ active/ done/ dead/</c>. A message is a JSON file; it moves by renaming, which only
/// one worker can win. The file's modification time is the lock's heartbeat, its name carries the lock's token: a worker
/// that was presumed dead finds its file gone.
/// </summary>
internal sealed class SpoolQueue(string folder, string results, TimeSpan lockTime, TimeProvider time, ILogger logger) : IJobQueue
{
    private const int DoneKept = 1000;

    /// <summary>Of the file beside a dead letter that tells why.</summary>
    private const string ReasonExtension = ".reason";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private readonly string _folder = Path.GetFullPath(folder);
    private readonly Lock _sending = new();
    private long _enqueued;

    public string Description => _folder;

    public int Delayed => Messages("pending").Count(f => SpoolName.Parse(f.Name, f.LastWriteTimeUtc).NotBefore > Now);

    internal ILogger Logger => logger;

    internal TimeProvider Time => time;

    internal TimeSpan LockTime => lockTime;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public async Task<IJobDelivery?> ReceiveAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        Create();
        var since = time.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReturnExpired();
            foreach (var (file, name) in Messages("pending").Select(f => (f, Name: SpoolName.Parse(f.Name, f.LastWriteTimeUtc)))
                .Where(m => m.Name.NotBefore <= Now).OrderBy(m => m.Name.Enqueued))
            {
                if (await TakeAsync(file, name, cancellationToken).ConfigureAwait(false) is { } delivery)
                    return delivery;
            }
            if (time.GetElapsedTime(since) >= wait)
                return null;
            await Task.Delay(Poll < wait ? Poll : wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task SendAsync(OutgoingMessage message, TimeSpan delay, CancellationToken cancellationToken)
    {
        Create();
        var slot = delay > TimeSpan.Zero ? (Now + (long)delay.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) : "";
        await WriteAsync("pending", new SpoolName(message.Id, Enqueued(), 0, slot, message.TraceParent ?? "").ToString(), message.Body, cancellationToken).ConfigureAwait(false);
    }

    public async Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        if (results.Length == 0)
            return;
        Create();
        await WriteAsync(results, (message.CorrelationId ?? message.Id) + SpoolName.Extension, message.Body, cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<DeadLetter> PeekDeadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in DeadFiles())
        {
            if (await ReadDeadAsync(file, cancellationToken).ConfigureAwait(false) is { } letter)
                yield return letter;
        }
    }

    public async IAsyncEnumerable<DeadLetter> TakeDeadAsync(
        Func<DeadLetter, bool> isMeant, Func<DeadLetter, CancellationToken, Task> before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in DeadFiles())
        {
            if (await ReadDeadAsync(file, cancellationToken).ConfigureAwait(false) is not { } letter || !isMeant(letter))
                continue;
            await before(letter, cancellationToken).ConfigureAwait(false);
            file.Delete();
            File.Delete(file.FullName + ReasonExtension);
            yield return letter;
        }
    }

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        Create();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Whether the lock is still this one, and for another lock time.</summary>
    internal static void Touch(string active, TimeProvider time)
    {
        try
        {
            File.SetLastWriteTimeUtc(active, time.GetUtcNow().UtcDateTime);
        }
        catch (FileNotFoundException e)
        {
            throw new LockLostException("another worker took it for dead", e);
        }
    }

    internal void Return(string active, SpoolName name, TimeSpan delay)
    {
        var slot = delay > TimeSpan.Zero ? (Now + (long)delay.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) : "";
        Move(active, Path.Combine(_folder, "pending", (name with { Slot = slot }).ToString()));
    }

    internal void Finish(string active, SpoolName name)
    {
        Move(active, Path.Combine(_folder, "done", name.Id + SpoolName.Extension));
        foreach (var old in Messages("done").OrderByDescending(f => f.LastWriteTimeUtc).Skip(DoneKept))
            old.Delete();
    }

    internal async Task BuryAsync(string active, SpoolName name, string reason, string description, CancellationToken cancellationToken)
    {
        var note = JsonSerializer.Serialize(new Dictionary<string, object> { ["reason"] = reason, ["description"] = description, ["deliveries"] = name.Deliveries });
        await WriteAsync("dead", name.Id + SpoolName.Extension + ReasonExtension, note, cancellationToken).ConfigureAwait(false);
        Move(active, Path.Combine(_folder, "dead", name.Id + SpoolName.Extension));
    }

    /// <summary>Later than that of the message before, so that their order stays.</summary>
    private long Enqueued()
    {
        lock (_sending)
            return _enqueued = Math.Max(Now, _enqueued + 1);
    }

    private IEnumerable<FileInfo> DeadFiles() => Messages("dead").OrderBy(f => f.LastWriteTimeUtc);

    /// <returns>Null: another has taken it meanwhile.</returns>
    private static async Task<DeadLetter?> ReadDeadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            var body = await File.ReadAllBytesAsync(file.FullName, cancellationToken).ConfigureAwait(false);
            var reason = file.FullName + ReasonExtension;
            using var document = File.Exists(reason) ? JsonDocument.Parse(await File.ReadAllTextAsync(reason, cancellationToken).ConfigureAwait(false)) : null;
            string? Text(string key) => document?.RootElement.GetProperty(key).GetString();
            return new DeadLetter(
                Path.GetFileNameWithoutExtension(file.Name), body, document?.RootElement.GetProperty("deliveries").GetInt32() ?? 0,
                file.LastWriteTimeUtc, Text("reason"), Text("description"));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static void Move(string active, string target)
    {
        try
        {
            File.Move(active, target, overwrite: true);
        }
        catch (FileNotFoundException e)
        {
            throw new LockLostException("another worker took it for dead", e);
        }
    }

    private async Task<IJobDelivery?> TakeAsync(FileInfo file, SpoolName name, CancellationToken cancellationToken)
    {
        var taken = name with { Deliveries = name.Deliveries + 1, Slot = Guid.NewGuid().ToString("N") };
        var active = Path.Combine(_folder, "active", taken.ToString());
        try
        {
            // The heartbeat must be fresh before the file is in active/, or another worker would return it at once.
            File.SetLastWriteTimeUtc(file.FullName, time.GetUtcNow().UtcDateTime);
            File.Move(file.FullName, active);
            var body = await File.ReadAllBytesAsync(active, cancellationToken).ConfigureAwait(false);
            return new SpoolDelivery(this, active, taken, body);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private void ReturnExpired()
    {
        foreach (var file in Messages("active").Where(f => time.GetUtcNow().UtcDateTime - f.LastWriteTimeUtc > lockTime))
        {
            var name = SpoolName.Parse(file.Name, file.LastWriteTimeUtc);
            try
            {
                Return(file.FullName, name, TimeSpan.Zero);
                logger.LogWarning("Message {MessageId} came back: its worker gave no sign of life for {Seconds} s", name.Id, lockTime.TotalSeconds);
            }
            catch (LockLostException)
            {
                // Another worker was quicker.
            }
        }
    }

    private void Create()
    {
        foreach (var name in (string[])["pending", "active", "done", "dead"])
            Directory.CreateDirectory(Path.Combine(_folder, name));
        if (results.Length > 0)
            Directory.CreateDirectory(Path.Combine(_folder, results));
    }

    private List<FileInfo> Messages(string part)
    {
        var folder = new DirectoryInfo(Path.Combine(_folder, part));
        return !folder.Exists ? [] : [.. folder.EnumerateFiles("*" + SpoolName.Extension).Where(f => f.Name[0] != '.' && f.Exists)];
    }

    private async Task WriteAsync(string part, string name, string text, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(_folder, part, $".{Guid.NewGuid():N}");
        try
        {
            await DurableFile.WriteAsync(temporary, text, cancellationToken).ConfigureAwait(false);
            File.Move(temporary, Path.Combine(_folder, part, name), overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
