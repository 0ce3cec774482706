using System.Diagnostics;
using Xunit.Abstractions;

namespace Vfi.Tests.Worker;

/// <summary>Whatever is killed or fails meanwhile: one correct result and nothing left behind.</summary>
public sealed class FaultTests(ITestOutputHelper output) : WorkerTests
{
    public static TheoryData<string, string> Stages
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var kind in (string[])["spool", "azure"])
            {
                foreach (var stage in (string[])["claimed", "download", "chunk", "upload"])
                    data.Add(kind, stage);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task A_worker_killed_at_any_stage_costs_nothing_but_time(string kind, string stage)
    {
        Open(JobSite.Open(kind));
        await SendAsync();
        using (var victim = Start())
        {
            await UntilAsync(() => HasReached(stage) || victim.HasExited, () => victim.Log);
            await victim.KillAsync();
        }
        var chunks = CheckpointedChunks();
        var watch = Stopwatch.StartNew();
        var log = await DrainAsync("--Worker:DrainSeconds=4");
        output.WriteLine($"{kind}, killed at {stage}: done {watch.Elapsed.TotalSeconds:0.0} s after the restart, {chunks} chunks were in the checkpoint");
        if (stage == "chunk")
            Assert.DoesNotContain("(0 finished)", log, StringComparison.Ordinal);
        await AssertDoneAsync(log);
    }

    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task A_terminated_worker_saves_its_chunk_gives_the_message_back_and_ends_with_0(string kind)
    {
        // So many chunks that the job is not done before the signal comes.
        const string Chunks = "--Jobs:ChunkSeconds=0.25";
        Open(JobSite.Open(kind));
        await SendAsync();
        int saved;
        using (var worker = Start(Chunks))
        {
            await UntilAsync(() => HasReached("chunk"), () => worker.Log);
            worker.Signal("TERM");
            Assert.Equal(0, await worker.ExitAsync(30));
            saved = CheckpointedChunks();
            Assert.True(worker.Log.Contains("ended as stopped", StringComparison.Ordinal), worker.Log);
        }
        Assert.Equal("waiting", Site.Status("job-1")!["state"]!.GetValue<string>());
        Assert.InRange(saved, 2, 31);
        Assert.Empty(Directory.GetFileSystemEntries(Site.WorkFolder));
        var log = await DrainAsync(Chunks);
        Assert.Contains($"({saved} finished)", log, StringComparison.Ordinal);
        await AssertDoneAsync(log);
    }

    [Fact]
    public async Task A_terminated_worker_takes_the_time_that_its_chunk_needs()
    {
        Open(new SpoolSite());
        await SendAsync();
        using var worker = Start("--Jobs:Model=motion-s", "--Jobs:ChunkSeconds=4", "--Jobs:Threads=1", "--Worker:GraceSeconds=150");
        await UntilAsync(() => Site.Status("job-1")?["percent"]?.GetValue<double>() > 0, () => worker.Log);
        worker.Signal("TERM");
        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await worker.ExitAsync(180));
        Assert.InRange(watch.Elapsed.TotalSeconds, 2.5, 150);
        Assert.Equal(1, CheckpointedChunks());
        Assert.Equal("waiting", Site.Status("job-1")!["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task Beyond_the_grace_time_a_terminated_worker_gives_up_its_chunk()
    {
        Open(new SpoolSite());
        await SendAsync();
        using var worker = Start("--Jobs:Model=motion-s", "--Jobs:ChunkSeconds=8", "--Jobs:Threads=1", "--Worker:GraceSeconds=0.5");
        await UntilAsync(() => Site.Status("job-1")?["percent"]?.GetValue<double>() > 0, () => worker.Log);
        worker.Signal("TERM");
        Assert.Equal(0, await worker.ExitAsync(15));
        Assert.Equal(0, CheckpointedChunks());
        Assert.Equal("waiting", Site.Status("job-1")!["state"]!.GetValue<string>());
        Assert.Equal(1, await Site.WaitingAsync());
    }

    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task A_worker_frozen_beyond_its_lock_loses_the_job_and_does_no_harm(string kind)
    {
        Open(JobSite.Open(kind));
        await SendAsync();
        using var frozen = Start("--once");
        await UntilAsync(() => HasReached("chunk"), () => frozen.Log);
        frozen.Signal("STOP");
        var log = await DrainAsync("--Worker:DrainSeconds=5");
        await UntilAsync(() => Site.Status("job-1")!["state"]!.GetValue<string>() == "completed", () => log);
        frozen.Signal("CONT");
        Assert.Equal(0, await frozen.ExitAsync());
        Assert.Contains("lock_lost", frozen.Log, StringComparison.Ordinal);
        await AssertDoneAsync(log + frozen.Log);
    }

    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task Two_messages_for_one_job_and_two_workers_make_one_result(string kind)
    {
        Open(JobSite.Open(kind));
        await Site.SendAsync("m1", Job);
        await Site.SendAsync("m2", Job);
        var logs = await Task.WhenAll(DrainAsync("--Worker:DrainSeconds=3"), DrainAsync("--Worker:DrainSeconds=3"));
        foreach (var outcome in (string[])["completed", "repeated"])
            Assert.True(logs.Sum(l => Count(l, $"ended as {outcome}")) == 1, $"not one ended as {outcome}:\n{string.Join("\n\n", logs)}");
        await AssertDoneAsync(string.Concat(logs));
    }

    [Fact]
    public async Task A_second_message_does_not_take_over_a_job_whose_download_is_slow()
    {
        Open(new AzureSite());
        // Five seconds; a status that is older than two is a dead worker's.
        await Azure.Proxy.SetAsync($"{new FileInfo(Clip).Length / 5}");
        await Site.SendAsync("m1", Job);
        await Site.SendAsync("m2", Job);
        using var first = Start("--drain", "--Worker:DrainSeconds=3");
        using var second = Start("--drain", "--Worker:DrainSeconds=3");
        await UntilAsync(() => HasReached("chunk"), () => first.Log + second.Log);
        await Azure.Proxy.SetAsync("ok");
        Assert.Equal(0, await first.ExitAsync());
        Assert.Equal(0, await second.ExitAsync());
        var log = first.Log + second.Log;
        Assert.Contains("at work elsewhere", log, StringComparison.Ordinal);
        Assert.True((await AssertDoneAsync(log))["attempts"]!.GetValue<int>() == 1, log);
    }

    [Theory]
    [InlineData("spool", "chunk")]
    [InlineData("azure", "chunk")]
    [InlineData("spool", "manifest")]
    [InlineData("azure", "manifest")]
    public async Task A_corrupt_checkpoint_is_made_again(string kind, string part)
    {
        Open(JobSite.Open(kind));
        await SendAsync();
        using (var victim = Start())
        {
            await UntilAsync(() => CheckpointedChunks() >= 2, () => victim.Log);
            await victim.KillAsync();
        }
        File.WriteAllText(Site.Local("garbage"), "garbage");
        Site.Put("vfi/" + Site.List("vfi").First(n => n.Contains(part == "chunk" ? "/chunk-" : "/manifest", StringComparison.Ordinal)), Site.Local("garbage"));
        await AssertDoneAsync(await DrainAsync("--Worker:DrainSeconds=4"));
    }

    [Fact]
    public async Task A_restarted_broker_is_found_again_within_one_attempt()
    {
        Open(new AzureSite(lockSeconds: 6));
        await SendAsync();
        using var worker = Start("--drain");
        await UntilAsync(() => HasReached("chunk"), () => worker.Log);
        Azure.Broker.Kill();
        await Task.Delay(500);
        Azure.Broker.Restart();
        Assert.Equal(0, await worker.ExitAsync());
        Assert.Equal(1, (await AssertDoneAsync(worker.Log))["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_cut_and_a_silent_management_link_do_not_cost_the_lock()
    {
        Open(new AzureSite(lockSeconds: 6));
        await SendAsync();
        using var worker = Start("--drain");
        await UntilAsync(() => HasReached("chunk"), () => worker.Log);
        await Azure.Broker.DeafenAsync(TimeSpan.FromSeconds(2));
        await Azure.Broker.CutAsync();
        Assert.Equal(0, await worker.ExitAsync());
        Assert.Equal(1, (await AssertDoneAsync(worker.Log))["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_store_that_refuses_for_a_while_is_waited_for()
    {
        Open(new AzureSite());
        await SendAsync();
        using var worker = Start("--drain");
        await UntilAsync(() => HasReached("chunk"), () => worker.Log);
        await Azure.Proxy.SetAsync("503");
        await Task.Delay(3000);
        await Azure.Proxy.SetAsync("ok");
        Assert.Equal(0, await worker.ExitAsync());
        Assert.True(await Azure.Proxy.RefusedAsync() > 0);
        await AssertDoneAsync(worker.Log);
    }

    [Fact]
    public async Task A_source_replaced_during_the_download_is_noticed_and_read_again()
    {
        Open(new AzureSite());
        // The old one is larger and another video; at this rate its download takes two seconds.
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc=s=640x360:r=25:d=4,noise=alls=40", "-c:v", "libx264", "-crf", "10", Site.Local("old.mp4"));
        Site.Put("videos/dir/in.mp4", Site.Local("old.mp4"));
        await Azure.Proxy.SetAsync($"{new FileInfo(Site.Local("old.mp4")).Length / 8}");
        await SendAsync();
        using var worker = Start("--drain");
        await UntilAsync(() => HasReached("download"), () => worker.Log);
        await Task.Delay(300);
        Site.Put("videos/dir/in.mp4", Clip);
        await Task.Delay(300);
        await Azure.Proxy.SetAsync("ok");
        Assert.Equal(0, await worker.ExitAsync());
        Assert.Contains("SourceChanged", worker.Log, StringComparison.Ordinal);
        Assert.Equal(2, (await AssertDoneAsync(worker.Log))["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_full_disk_gives_the_job_to_another_node()
    {
        Open(new SpoolSite());
        await SendAsync();
        Directory.CreateDirectory(Site.WorkFolder);
        // A disk of its own, too small for the chunks, in a mount namespace of its own.
        using (var cramped = WorkerProcess.Wrapped("unshare",
            ["-rm", "bash", "-c", "mount -t tmpfs -o size=2m tmpfs \"$1\"; shift; exec \"$@\"", "bash", Site.WorkFolder, "dotnet", VfiCommand.Program, "worker", "--once", .. Site.Settings,
                "--Worker:MinFreeMegabytes=0", "--Worker:SpaceFactor=1"]))
        {
            Assert.Equal(0, await cramped.ExitAsync());
            Assert.Contains("DiskFull", cramped.Log, StringComparison.Ordinal);
        }
        Assert.Equal("waiting", Site.Status("job-1")!["state"]!.GetValue<string>());
        await AssertDoneAsync(await DrainAsync());
    }

    [Fact]
    public async Task Too_little_space_is_known_before_the_download()
    {
        Open(new SpoolSite());
        await SendAsync();
        using var worker = Start("--once", "--Worker:MinFreeMegabytes=100000000");
        Assert.Equal(0, await worker.ExitAsync());
        Assert.Contains("DiskFull", worker.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("download", worker.Log, StringComparison.Ordinal);
        await AssertDoneAsync(await DrainAsync());
    }

    [Theory]
    [InlineData("file", "already exists")]
    [InlineData("/proc/none", "Could not find")]
    public async Task A_work_folder_that_cannot_be_written_to_is_named_before_a_job_is_taken(string folder, string reason)
    {
        Open(new SpoolSite());
        await SendAsync();
        File.WriteAllText(Site.Local("file"), "");
        using var worker = Start("--once", $"--Worker:WorkFolder={Path.Combine(Site.Local(""), folder)}");
        Assert.Equal(3, await worker.ExitAsync());
        Assert.Contains("Worker:WorkFolder " + Path.Combine(Site.Local(""), folder), worker.Log, StringComparison.Ordinal);
        Assert.Contains(reason, worker.Log, StringComparison.Ordinal);
        Assert.Null(Site.Status("job-1"));
        Assert.Equal(1, await Site.WaitingAsync());
    }

    [Fact]
    public async Task A_job_that_brings_nothing_again_and_again_is_a_dead_letter()
    {
        Open(new SpoolSite());
        await SendAsync();
        await DrainAsync("--Worker:MinFreeMegabytes=100000000", "--Worker:MaxAttempts=3");
        var letter = Assert.Single(Site.Dead());
        Assert.Equal("TooManyAttempts", letter.Reason);
        Assert.Contains("MinFreeMegabytes", letter.Description, StringComparison.Ordinal);
        Assert.Equal(4, Site.Status("job-1")!["attempts"]!.GetValue<int>());
    }

    private static int Count(string text, string word) => text.Split(word).Length - 1;

    private bool HasReached(string stage) => stage switch
    {
        "chunk" => CheckpointedChunks() >= 2,
        "download" => Site.Status("job-1") is not null && Site.Status("job-1")!["stage"]?.GetValue<string>() is not "claimed",
        // A fast machine may be past it between two looks.
        "upload" => Site.Status("job-1") is { } status && (status["stage"]?.GetValue<string>() is "joining" or "verifying" or "upload" || status["state"]!.GetValue<string>() == "completed"),
        _ => Site.Status("job-1") is not null,
    };
}
