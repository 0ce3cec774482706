namespace Vfi.Tests.Worker;

/// <summary>Many jobs and dying workers; bench/load runs the same at length.</summary>
public sealed class LoadTests : WorkerTests
{
    /// <summary>128 MB are enough for one of the jobs, and were not for what a worker once kept of five.</summary>
    [Fact]
    public async Task A_worker_keeps_no_memory_of_jobs_that_are_done()
    {
        const int Jobs = 12;
        Open(new SpoolSite());
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=0.2", "-c:v", "libx264", Site.Local("short.mp4"));
        Site.Put("videos/short.mp4", Site.Local("short.mp4"));
        for (var i = 0; i < Jobs; i++)
            await Site.SendAsync($"m{i}", $$"""{"video":"videos/short.mp4","id":"job-{{i}}","model":"motion-s","preset":"ultrafast","output":"results/{{i}}.mp4"}""");
        var memory = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x8000000" };
        using var worker = new WorkerProcess(Site, memory, "--drain", "--Jobs:Threads=2");
        var exit = await worker.ExitAsync();
        Assert.True(exit == 0, worker.Log);
        Assert.DoesNotContain(nameof(OutOfMemoryException), worker.Log, StringComparison.Ordinal);
        Assert.Equal(Jobs, Site.List("results").Count);
    }

    [Fact]
    public async Task Each_of_many_jobs_has_one_correct_result_although_workers_are_killed_all_the_time()
    {
        const int Jobs = 25;
        Open(new SpoolSite());
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=0.4", "-c:v", "libx264", Site.Local("small.mp4"));
        VfiCommand.Convert(Site.Local("small.mp4"), "-o", Site.Local("reference.mp4"), "--model", "hold", "--preset", "ultrafast", "--crf", "0");
        var expected = Tool.FrameHashes(Site.Local("reference.mp4"));
        Site.Put("videos/small.mp4", Site.Local("small.mp4"));
        for (var i = 0; i < Jobs; i++)
            await Site.SendAsync($"m{i}", $$"""{"video":"videos/small.mp4","id":"job-{{i}}","model":"hold","preset":"ultrafast","output":"results/{{i}}.mp4"}""");
        string[] settings = ["--Worker:MaxAttempts=100", "--Jobs:Threads=1"];
        var random = new Random(5);
        var workers = Enumerable.Range(0, 3).Select(_ => Start(settings)).ToArray();
        while (await Site.WaitingAsync() > 0)
        {
            await Task.Delay(random.Next(1500, 4500));
            var victim = random.Next(3);
            await workers[victim].KillAsync();
            workers[victim].Dispose();
            workers[victim] = Start(settings);
        }
        foreach (var worker in workers)
        {
            // Before this it has taken nothing, and no handler is in place.
            await UntilAsync(() => worker.Log.Contains("Working on", StringComparison.Ordinal), () => worker.Log);
            worker.Signal("TERM");
            Assert.Equal(0, await worker.ExitAsync(30));
            worker.Dispose();
        }
        Assert.Equal(Jobs, Site.List("results").Count);
        foreach (var name in Site.List("results"))
        {
            Site.Get("results/" + name, Site.Local("out.mp4"));
            Assert.Equal(expected, Tool.FrameHashes(Site.Local("out.mp4")));
        }
        Assert.Empty(Site.Dead());
        await AssertNothingLeftAsync();
    }
}
