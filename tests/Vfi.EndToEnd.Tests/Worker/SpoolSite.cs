namespace Vfi.Tests.Worker;

/// <summary>A spool folder and a folder store.</summary>
public sealed class SpoolSite : JobSite
{
    private string Queue => Folder.File("queue");

    private string Store => Folder.File("store");

    public override IReadOnlyList<string> Settings => [.. base.Settings, $"--Queue:Folder={Queue}", "--Queue:LockSeconds=2", $"--Store:Folder={Store}"];

    public override void Put(string path, string file)
    {
        var target = Path.Combine(Store, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(file, target, overwrite: true);
    }

    public override bool Get(string path, string file)
    {
        var source = Path.Combine(Store, path);
        if (!File.Exists(source))
            return false;
        File.Copy(source, file, overwrite: true);
        return true;
    }

    public override IReadOnlyList<string> List(string container)
    {
        var folder = Path.Combine(Store, container);
        return !Directory.Exists(folder) ? [] : [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => !Path.GetFileName(f).StartsWith(".vfi-", StringComparison.Ordinal)).Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)];
    }

    public override void Delete(string path) => File.Delete(Path.Combine(Store, path));

    public override Task SendAsync(string id, string body)
    {
        Directory.CreateDirectory(Path.Combine(Queue, "pending"));
        File.WriteAllText(Folder.File("message"), body);
        File.Move(Folder.File("message"), Path.Combine(Queue, "pending", id + ".json"));
        return Task.CompletedTask;
    }

    public override Task<int> WaitingAsync() => Task.FromResult(
        new[] { "pending", "active" }.Select(p => Path.Combine(Queue, p)).Where(Directory.Exists).Sum(p => Directory.GetFiles(p).Length));
}
