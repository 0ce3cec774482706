using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;

namespace Vfi.Tests.Worker;

/// <summary>One message, one outcome.</summary>
public sealed class OutcomeTests : WorkerTests
{
    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task A_job_comes_out_as_convert_would_make_it(string kind)
    {
        Open(JobSite.Open(kind));
        var (exit, output, errors) = VfiCommand.Run(["submit", "videos/dir/in.mp4", "--interp-ratio", "3", "--id", "job-1", .. Site.Settings]);
        Assert.True(exit == 0, errors);
        Assert.Equal("job-1\n", output);
        var status = await AssertDoneAsync(await DrainAsync());
        Assert.Equal((1, 100, 600), (status["attempts"]!.GetValue<int>(), status["percent"]!.GetValue<double>(), status["figures"]!["frames"]!.GetValue<int>()));
        (exit, output, _) = VfiCommand.Run(["status", "job-1", .. Site.Settings]);
        Assert.Equal(0, exit);
        Assert.Contains("completed  results/dir/in_3x.mp4  600 frames", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_jobs_end_is_published_with_what_subscriptions_filter_by()
    {
        Open(JobSite.Open("azure"));
        await SendAsync();
        await Site.SendAsync("m2", """{"video":"videos/missing.mp4","id":"job-2"}""");
        await Site.SendAsync("m3", """{"video":"secrets/a.mp4","id":"job-3"}""");
        await DrainAsync();
        await using var client = new ServiceBusClient(Azure.Broker.ConnectionString);
        var receiver = client.CreateReceiver("results");
        var results = new List<ServiceBusReceivedMessage>();
        while (results.Count < 3 && await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(5)) is { } message)
            results.Add(message);
        Assert.Equal([("m1-result", "job-1", "completed"), ("m2-result", "job-2", "failed"), ("m3-result", "job-3", "failed")], results.Select(r => (r.MessageId, r.CorrelationId, r.Subject)));
        var bodies = results.Select(r => JsonNode.Parse(r.Body.ToString())!).ToList();
        Assert.Equal(("results/dir/in_3x.mp4", "SourceMissing", "NotAllowed"), (bodies[0]["output"]!.GetValue<string>(), bodies[1]["reason"]!.GetValue<string>(), bodies[2]["reason"]!.GetValue<string>()));
        Assert.Equal(["videos/dir/in.mp4", "videos/missing.mp4", "secrets/a.mp4"], bodies.Select(b => b["video"]!.GetValue<string>()));
    }

    [Fact]
    public async Task No_job_is_taken_while_there_is_no_queue_for_its_result()
    {
        Open(JobSite.Open("azure"));
        await SendAsync();
        using (var worker = Start("--Queue:Results=nowhere"))
        {
            await UntilAsync(() => worker.Log.Contains("Queue:Results nowhere: ", StringComparison.Ordinal), () => worker.Log);
            worker.Signal("TERM");
            Assert.Equal(0, await worker.ExitAsync());
        }
        Assert.Null(Site.Status("job-1"));
        await AssertDoneAsync(await DrainAsync("--Queue:Results="));
    }

    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task A_second_delivery_of_a_finished_job_completes_without_work(string kind)
    {
        Open(JobSite.Open(kind));
        await SendAsync();
        await DrainAsync();
        await Site.SendAsync("m2", Job);
        var log = await DrainAsync();
        Assert.Contains("ended as repeated", log, StringComparison.Ordinal);
        Assert.DoesNotContain("chunks", log, StringComparison.Ordinal);
        Assert.Equal(1, (await AssertDoneAsync(log))["attempts"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task Jobs_that_can_never_succeed_are_dead_letters_with_a_reason(string kind)
    {
        Open(JobSite.Open(kind));
        File.WriteAllText(Site.Local("text.mp4"), "this is no video");
        Site.Put("videos/text.mp4", Site.Local("text.mp4"));
        Site.Put("results/taken.mp4", Site.Local("text.mp4"));
        Tool.Ffmpeg("-i", Clip, "-c", "copy", Site.Local("others.ts"));
        File.WriteAllText(Site.Local("list.mp4"), $"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:8,\n{Site.Local("others.ts")}\n#EXT-X-ENDLIST\n");
        Site.Put("videos/list.mp4", Site.Local("list.mp4"));
        (string Body, string Reason, string Words)[] expected =
        [
            ("no json", "InvalidMessage", "not JSON"),
            ("""{"film":"videos/a.mp4"}""", "InvalidMessage", "film: unknown key"),
            ("""{"video":"videos/../secret"}""", "NotAllowed", "'..'"),
            ("""{"video":"other/a.mp4"}""", "NotAllowed", "container other"),
            ("""{"video":"videos/none.mp4"}""", "SourceMissing", "videos/none.mp4"),
            ("""{"video":"videos/text.mp4"}""", "SourceUnusable", "videos/text.mp4"),
            // From 6.1 on, ffmpeg knows no list in a file that is called a video.
            ("""{"video":"videos/list.mp4"}""", "SourceUnusable", Tool.FfmpegMajor < 6 ? "a list of other files (hls)" : "not a media file"),
            ("""{"video":"videos/dir/in.mp4","interp_ratio":20}""", "LimitExceeded", "500 frames per second"),
            ("""{"video":"videos/dir/in.mp4","output":"results/taken.mp4"}""", "OutputExists", "results/taken.mp4"),
            ("""{"video":"videos/dir/in.mp4","encoder":"libx264","preset":"nope"}""", "SourceUnusable", "nope"),
        ];
        foreach (var (i, job) in expected.Index())
            await Site.SendAsync($"m{i}", job.Body);
        var log = await DrainAsync();
        var dead = Site.Dead().ToDictionary(d => d.Id);
        foreach (var (i, job) in expected.Index())
        {
            Assert.True(dead.TryGetValue($"m{i}", out var letter), $"{job.Body} is no dead letter\n{log}");
            Assert.Equal(job.Reason, letter.Reason);
            Assert.Contains(job.Words, letter.Description, StringComparison.Ordinal);
            Assert.DoesNotContain(Site.WorkFolder, letter.Description, StringComparison.Ordinal);
            // What is no job at all has no status.
            Assert.Equal(job.Reason == "InvalidMessage" ? null : job.Reason, Site.Status($"m{i}")?["reason"]!.GetValue<string>());
        }
        await AssertNothingLeftAsync();
        Assert.Equal(["taken.mp4"], Site.List("results"));
    }

    [Fact]
    public async Task A_video_in_the_archive_tier_is_refused_with_the_way_out()
    {
        Open(JobSite.Open("azure"));
        Azure.Archive("videos/dir/in.mp4");
        await SendAsync();
        await DrainAsync();
        var letter = Assert.Single(Site.Dead());
        Assert.Equal("SourceUnusable", letter.Reason);
        Assert.Contains("rehydrate it", letter.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_used_for_another_job_is_refused()
    {
        Open(new SpoolSite());
        await SendAsync();
        await DrainAsync();
        await Site.SendAsync("m2", """{"video":"videos/dir/in.mp4","id":"job-1","interp_ratio":2}""");
        await DrainAsync();
        Assert.Equal("DuplicateId", Assert.Single(Site.Dead()).Reason);
        Assert.Equal(["dir/in_3x.mp4"], Site.List("results"));
        Assert.Equal("completed", Site.Status("job-1")!["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_upload_event_alone_starts_a_conversion()
    {
        Open(new AzureSite());
        var url = $"{Azure.Settings.First(s => s.StartsWith("--Store:ConnectionString", StringComparison.Ordinal)).Split("BlobEndpoint=")[1].TrimEnd(';')}/videos/dir/in.mp4";
        await Site.SendAsync("m1", $$$"""{"specversion":"1.0","type":"Microsoft.Storage.BlobCreated","id":"event-1","source":"/x","data":{"url":"{{{url}}}"}}""");
        await DrainAsync("--Jobs:InterpRatio=3");
        Assert.Equal("completed", Site.Status("event-1")!["state"]!.GetValue<string>());
        Assert.Equal(["dir/in_3x.mp4"], Site.List("results"));
    }

    [Fact]
    public async Task Messages_without_an_id_or_with_the_longest_are_jobs_of_their_own()
    {
        Open(new AzureSite());
        await Azure.SendAsync(new ServiceBusMessage("""{"video":"videos/dir/in.mp4","output":"results/a.mp4"}"""));
        await Azure.SendAsync(new ServiceBusMessage("""{"video":"videos/dir/in.mp4","output":"results/b.mp4"}"""));
        await Site.SendAsync(new string('m', 128), """{"video":"videos/dir/in.mp4","output":"results/c.mp4"}""");
        await DrainAsync();
        Assert.Empty(Site.Dead());
        Assert.Equal(["a.mp4", "b.mp4", "c.mp4"], Site.List("results"));
        Assert.Equal(3, await Azure.Broker.CountAsync("results"));
    }

    [Theory]
    [InlineData("buffer")]
    [InlineData("object")]
    [InlineData("text")]
    [InlineData("value")]
    public async Task A_job_is_understood_however_a_client_writes_it(string kind)
    {
        Open(new AzureSite());
        await NodeServer.RunAsync(NodeServer.Node(
            Path.Combine(NodeServer.Emulators, "servicebus", "send.js"), Azure.Broker.ConnectionString, "jobs", kind, """{"video":"videos/dir/in.mp4","output":"results/ä.mp4"}"""));
        await DrainAsync();
        Assert.Empty(Site.Dead());
        Assert.Equal(["ä.mp4"], Site.List("results"));
    }

    [Fact]
    public async Task Once_takes_one_job()
    {
        Open(new SpoolSite());
        await Site.SendAsync("m1", """{"video":"videos/none.mp4"}""");
        await Site.SendAsync("m2", """{"video":"videos/none.mp4"}""");
        using var worker = Start("--once");
        Assert.Equal(0, await worker.ExitAsync());
        Assert.Equal(1, await Site.WaitingAsync());
        Assert.Single(Site.Dead());
    }

    [Fact]
    public async Task Parallel_jobs_all_come_out()
    {
        Open(new SpoolSite());
        for (var i = 0; i < 6; i++)
            await Site.SendAsync($"m{i}", $$"""{"video":"videos/dir/in.mp4","id":"p{{i}}","model":"hold","output":"results/{{i}}.mp4"}""");
        await DrainAsync("--Worker:ParallelJobs=3");
        Assert.Equal(6, Site.List("results").Count);
        Assert.All(Enumerable.Range(0, 6), i => Assert.Equal("completed", Site.Status($"p{i}")!["state"]!.GetValue<string>()));
        await AssertNothingLeftAsync();
    }

    [Fact]
    public void An_empty_setting_is_none_where_there_may_be_none()
    {
        Open(new SpoolSite());
        var (exit, _, errors) = VfiCommand.Run(["worker", "--drain", "--Worker:DrainSeconds=0.2", "--Jobs:Crf=", "--Jobs:Threads=", "--Jobs:Preset=", .. Site.Settings]);
        Assert.Equal((0, ""), (exit, errors));
    }

    [Theory]
    [InlineData("--Queue:Kind=ServiceBus", "--Queue:ConnectionString=Endpoint=sb://localhost;SharedAccessKeyName=x", "Queue:ConnectionString: The connection string")]
    [InlineData("--Store:Kind=Azure", "--Store:ConnectionString=AccountName=x", "Store:ConnectionString: ")]
    public void An_address_that_its_client_refuses_ends_the_start_with_its_key_and_without_a_stack(string kind, string address, string expected)
    {
        var (exit, output, errors) = VfiCommand.Run("worker", "--once", kind, address);
        Assert.Equal(2, exit);
        Assert.Contains("vfi: ", errors, StringComparison.Ordinal);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Hosting failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_health_address_that_is_taken_ends_the_start_as_a_lack_of_the_environment()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://{taken.LocalEndpoint}";
        var (exit, output, errors) = VfiCommand.Run("worker", "--once", $"--Worker:HealthAddress={address}");
        Assert.Equal(3, exit);
        Assert.Contains($"vfi: Worker:HealthAddress {address}: cannot be listened at", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Hosting failed", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Worker:ParallelJobs=0", "vfi: configuration: Worker:ParallelJobs 0: must be 1 to 64")]
    [InlineData("--Worker:RetrySeconds=-0.5", "Worker:RetrySeconds -0.5: must be 0 to 86400")]
    [InlineData("--Worker:MinFreeMegabytes=-1", "Worker:MinFreeMegabytes -1: must be 0 to 1000000000")]
    [InlineData("--Queue:Name=", "Queue:Name : must not be empty")]
    [InlineData("--Worker:ParallelJobs=", "Worker:ParallelJobs : must be a whole number")]
    [InlineData("--Worker:ParallelJobs=many", "Worker:ParallelJobs many: must be a whole number of at most 2147483647")]
    [InlineData("--Jobs:Crf=18.5", "Jobs:Crf 18.5: must be a whole number")]
    [InlineData("--Worker:Checkpoint=maybe", "Worker:Checkpoint maybe: must be true or false")]
    [InlineData("--Queue:Folder=/proc/version", "Queue:Folder /proc/version: /proc/version is a file; name a folder")]
    [InlineData("--Store:Folder=/proc/version/videos", "Store:Folder /proc/version/videos: /proc/version is a file; name a folder")]
    [InlineData("--Worker:Paralel=2", "Worker:Paralel: unknown configuration key")]
    [InlineData("--Queue:Kind=Folder", "Queue:Kind Folder: must be one of Spool, ServiceBus")]
    [InlineData("--Queue:LockSeconds=soon", "Queue:LockSeconds soon: must be a number")]
    [InlineData("--Inference:EngineMegabytes=9999999999999", "Inference:EngineMegabytes 9999999999999: must be 1 to 1000000000")]
    [InlineData("--Store:StateContainer=../..", "Store:StateContainer ../..: must be the name of a folder in Store:Folder")]
    [InlineData("--Queue:Kind=ServiceBus", "Queue:ConnectionString or Queue:Namespace")]
    [InlineData("--Worker:HealthAddress=nonsense", "Worker:HealthAddress nonsense: must be an address such as http://+:8080")]
    [InlineData("--Worker:HealthAddress=https://+:8443", "Worker:HealthAddress https://+:8443: must be")]
    [InlineData("--Worker:HealthAddress=http://+:99999", "Worker:HealthAddress http://+:99999: must be")]
    [InlineData("--Queue:ConnectionString=Endpoint=sb://x;SharedAccessKeyName=a;SharedAccessKey=b;EntityPath=films", "Queue:ConnectionString is of films alone (EntityPath): set Queue:Name to films")]
    [InlineData("--Queue:Namespace=sb://contoso.servicebus.windows.net/", "Queue:Namespace sb://contoso.servicebus.windows.net/: must be a host name")]
    [InlineData("--Store:AccountUrl=videos", "Store:AccountUrl videos: must be an account's URL such as https://")]
    [InlineData("--Store:AccountUrl=http://localhost:10000/videos", "Store:AccountUrl http://localhost:10000/videos: must be an account's URL such as https://")]
    [InlineData("--Store:AccountUrl=https://contoso.blob.core.windows.net/videos", "Store:AccountUrl https://contoso.blob.core.windows.net/videos: must be an account's URL")]
    [InlineData("--Store:AccountUrl=https://contoso.blob.core.windows.net/?sv=1&sig=x", "Store:AccountUrl https://contoso.blob.core.windows.net/: must be an account's URL")]
    [InlineData("--Store:OutputContainers:0=videos", "Store:OutputContainers videos")]
    [InlineData("--Jobs:Provider=gpu", "configuration: Jobs:Provider gpu: must be auto,")]
    [InlineData("--Jobs:MotionScale=1/3", "configuration: Jobs:MotionScale 1/3: must be auto,")]
    [InlineData("--Jobs:Model=nope", "configuration: Jobs:Model nope: no such model")]
    [InlineData("--drian", "--drian")]
    [InlineData("--config=/nowhere.json", "no such file")]
    public void A_wrong_setting_ends_the_start_with_its_key(string setting, string expected)
    {
        var (exit, output, errors) = VfiCommand.Run("worker", "--once", setting);
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Wrong_settings_of_several_sections_are_told_together()
    {
        var (exit, _, errors) = VfiCommand.Run("worker", "--once", "--Queue:Kind=ServiceBus", "--Store:Kind=Azure", "--Jobs:SceneCut=2");
        Assert.Equal(2, exit);
        foreach (var key in new[] { "Queue:ConnectionString", "Store:ConnectionString", "Jobs:SceneCut" })
            Assert.Contains(key, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }
}
