using System.Text.Json.Nodes;

namespace Vfi.Tests.Worker;

/// <summary>A queue and a store of their own, and what a test does to them from outside.</summary>
public abstract class JobSite : IDisposable
{
    protected TemporaryFolder Folder { get; } = new();

    public string WorkFolder => Folder.File("work");

    /// <summary>Settings of the worker, submit and status. Lossless, since frames are compared by their hashes and libx264 on
    /// several threads does not always do the same.</summary>
    public virtual IReadOnlyList<string> Settings =>
        [$"--Worker:WorkFolder={WorkFolder}", "--Worker:StatusSeconds=0.2", "--Worker:DrainSeconds=1", "--Worker:RetrySeconds=0.2", "--Jobs:Model=blend",
            "--Jobs:Preset=veryfast", "--Jobs:Crf=0", "--Jobs:ChunkSeconds=1"];

    public static JobSite Open(string kind) => kind == "spool" ? new SpoolSite() : new AzureSite();

    /// <summary>Puts a video (or anything) into the store: container/name.</summary>
    public abstract void Put(string path, string file);

    /// <summary>Copies an item out of the store; false: there is none.</summary>
    public abstract bool Get(string path, string file);

    /// <summary>Names of the items of a container that a user would see.</summary>
    public abstract IReadOnlyList<string> List(string container);

    public abstract void Delete(string path);

    public abstract Task SendAsync(string id, string body);

    /// <summary>Messages that wait or are locked.</summary>
    public abstract Task<int> WaitingAsync();

    /// <summary>Id, reason and description of the dead letters.</summary>
    public IReadOnlyList<(string Id, string Reason, string Description)> Dead()
    {
        var (exit, output, errors) = VfiCommand.Run(["dead-letters", "list", "--json", .. Settings]);
        Assert.True(exit == 0, errors);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)
            .Select(l => (l["id"]!.GetValue<string>(), l["reason"]!.GetValue<string>(), l["description"]!.GetValue<string>()))];
    }

    /// <summary>The status document; null: none yet.</summary>
    public JsonNode? Status(string id)
    {
        var file = Folder.File($"status-{Guid.NewGuid():N}");
        return Get($"vfi/status/{id}.json", file) ? JsonNode.Parse(File.ReadAllText(file)) : null;
    }

    /// <summary>A local file for the test.</summary>
    public string Local(string name) => Folder.File(name);

    public virtual void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
