using System.Text.Json.Nodes;

namespace Vfi.Tests.Worker;

/// <summary>What tests of the worker share: a site, a clip, and what must be true of a finished job.</summary>
public abstract class WorkerTests : IDisposable
{
    /// <summary>600 output frames in 8 chunks: some seconds of work.</summary>
    protected const string Job = """{"video":"videos/dir/in.mp4","interp_ratio":3,"id":"job-1"}""";

    private static readonly Lazy<(string Clip, string[] Hashes)> Reference = new(MakeReference);
    private JobSite? _site;

    protected JobSite Site => _site ?? throw new InvalidOperationException("no site is open");

    protected AzureSite Azure => (AzureSite)Site;

    protected static string Clip => Reference.Value.Clip;

    public void Dispose()
    {
        _site?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens a site with the clip in its store.</summary>
    protected void Open(JobSite site)
    {
        _site = site;
        Site.Put("videos/dir/in.mp4", Clip);
    }

    protected Task SendAsync() => Site.SendAsync("m1", Job);

    protected WorkerProcess Start(params string[] arguments) => new(Site, arguments);

    /// <summary>Runs a worker until the queue is empty.</summary>
    protected async Task<string> DrainAsync(params string[] arguments)
    {
        using var worker = Start(["--drain", .. arguments]);
        var exit = await worker.ExitAsync();
        Assert.True(exit == 0, worker.Log);
        Assert.DoesNotContain("Stopping:", worker.Log, StringComparison.Ordinal); // Nobody asked it to, and nothing is at hand.
        return worker.Log;
    }

    protected static async Task UntilAsync(Func<bool> condition, Func<string> log, double seconds = 60)
    {
        var limit = DateTime.UtcNow.AddSeconds(seconds);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < limit, "waited in vain; the log:\n" + log());
            await Task.Delay(5);
        }
    }

    protected int CheckpointedChunks() => Site.List("vfi").Count(n => n.Contains("/chunk-", StringComparison.Ordinal));

    /// <summary>One correct result, and nothing left behind.</summary>
    protected async Task<JsonNode> AssertDoneAsync(string log)
    {
        var status = Site.Status("job-1");
        Assert.True(status?["state"]!.GetValue<string>() == "completed", $"{status}\n{log}");
        Assert.Equal(["dir/in_3x.mp4"], Site.List("results"));
        Assert.True(Site.Get("results/dir/in_3x.mp4", Site.Local("out.mp4")));
        Assert.Equal(Reference.Value.Hashes, Tool.FrameHashes(Site.Local("out.mp4")));
        await AssertNothingLeftAsync();
        Assert.Empty(Site.Dead());
        return status!;
    }

    protected async Task AssertNothingLeftAsync()
    {
        Assert.Equal(0, await Site.WaitingAsync());
        Assert.DoesNotContain(Site.List("vfi"), n => n.StartsWith("checkpoints/", StringComparison.Ordinal));
        Assert.Empty(Directory.Exists(Site.WorkFolder) ? Directory.GetFileSystemEntries(Site.WorkFolder) : []);
    }

    /// <summary>The result of an unbroken <c>vfi convert</c>; made once.</summary>
    private static (string, string[]) MakeReference()
    {
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        var clip = folder.File("in.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=8", "-f", "lavfi", "-i", "sine=d=8", "-c:v", "libx264", "-g", "30", "-c:a", "aac", clip);
        VfiCommand.Convert(clip, "-o", folder.File("out.mp4"), "--interp-ratio", "3", "--model", "blend", "--preset", "veryfast", "--crf", "0", "--chunk-seconds", "1");
        return (clip, Tool.FrameHashes(folder.File("out.mp4")));
    }
}
