using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Vfi.Tests.Worker;

/// <summary>What an operator sees from outside.</summary>
public sealed class ObservabilityTests : WorkerTests
{
    private const string Quick = """{"video":"videos/dir/in.mp4","id":"job-1","model":"hold"}""";

    [Fact]
    public async Task Metrics_traces_and_logs_go_out_over_OTLP_linked_to_the_senders_trace()
    {
        Open(new SpoolSite());
        VfiCommand.Run(["submit", "videos/dir/in.mp4", "--model", "hold", .. Site.Settings]);
        var pending = Directory.GetFiles(Site.Local("queue/pending")).Single();
        var trace = Path.GetFileNameWithoutExtension(pending).Split('~')[4].Split('-')[1];
        var port = NodeServer.FreePort();
        using var collector = new HttpListener();
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        var received = new ConcurrentDictionary<string, byte[]>();
        var collecting = CollectAsync(collector, received);
        using (var worker = new WorkerProcess(Site, new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        }, "--once"))
        {
            Assert.Equal(0, await worker.ExitAsync());
        }
        collector.Stop();
        await collecting;
        var metrics = Encoding.Latin1.GetString(received["/v1/metrics"]);
        foreach (var name in (string[])["vfi.jobs", "completed", "vfi.queue.wait", "vfi.stage.duration", "vfi.conversion.speed", "vfi.frames", "vfi.bytes", "vfi-worker"])
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        var traces = Encoding.Latin1.GetString(received["/v1/traces"]);
        foreach (var span in (string[])["job", "download", "convert", "upload"])
            Assert.Contains(span, traces, StringComparison.Ordinal);
        Assert.Contains(Encoding.Latin1.GetString(Convert.FromHexString(trace)), traces, StringComparison.Ordinal);
        var logs = Encoding.Latin1.GetString(received["/v1/logs"]);
        foreach (var text in (string[])["Job {JobId} starts", "videos/dir/in.mp4"])
            Assert.Contains(text, logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_are_JSON_with_the_job_on_every_line_where_that_is_configured()
    {
        Open(new SpoolSite());
        await Site.SendAsync("m1", Quick);
        using var worker = Start("--once", "--Logging:Console:FormatterName=json");
        Assert.Equal(0, await worker.ExitAsync());
        var lines = worker.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith('{')).Select(l => JsonNode.Parse(l)!).ToList();
        var planned = lines.Single(l => l["State"]?["OutputFps"] is not null);
        Assert.Equal(["m1", "job-1"], planned["Scopes"]!.AsArray().Select(s => (s!["MessageId"] ?? s["JobId"])!.GetValue<string>()));
        Assert.Equal("completed", lines.Single(l => l["State"]?["Outcome"] is not null)["State"]!["Outcome"]!.GetValue<string>());
    }

    [Fact]
    public async Task Health_is_ready_while_queue_and_store_answer_and_says_what_does_not()
    {
        Open(new AzureSite());
        var address = $"http://127.0.0.1:{NodeServer.FreePort()}";
        using var worker = Start($"--Worker:HealthAddress={address}", "--Queue:CallSeconds=1");
        using var http = new HttpClient();
        async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
        {
            using var answer = await http.GetAsync(address + path);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        await UntilAsync(() => worker.Log.Contains("Health at", StringComparison.Ordinal), () => worker.Log);
        Assert.Equal((HttpStatusCode.OK, "live"), await GetAsync("/health/live"));
        Assert.Equal((HttpStatusCode.OK, "ready"), await GetAsync("/health/ready"));
        Azure.Broker.Kill();
        var (status, text) = await GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("queue: ", text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "live"), await GetAsync("/health/live"));
        worker.Signal("TERM");
        Assert.Equal(0, await worker.ExitAsync(30));
    }

    [Fact]
    public async Task Checkpoints_of_jobs_that_nobody_works_on_any_more_are_swept()
    {
        Open(new SpoolSite());
        File.WriteAllText(Site.Local("chunk"), "x");
        Site.Put("vfi/checkpoints/old/chunk-000000.mp4", Site.Local("chunk"));
        Site.Put("vfi/checkpoints/young/chunk-000000.mp4", Site.Local("chunk"));
        File.SetLastWriteTimeUtc(Site.Local("store/vfi/checkpoints/old/chunk-000000.mp4"), DateTime.UtcNow.AddDays(-8));
        await DrainAsync();
        Assert.Equal(["checkpoints/young/chunk-000000.mp4"], Site.List("vfi"));
    }

    [Fact]
    public async Task Work_folders_of_killed_workers_are_removed_but_not_those_in_use()
    {
        Open(new SpoolSite());
        await Site.SendAsync("m1", Quick);
        // "half" was killed while it removed its folder, "early" before it made one.
        foreach (var name in (string[])["dead", "half", "live"])
            Directory.CreateDirectory(Path.Combine(Site.WorkFolder, name));
        File.WriteAllText(Path.Combine(Site.WorkFolder, "dead", "chunk"), "");
        foreach (var name in (string[])["dead", "half", "early"])
            File.WriteAllText(Path.Combine(Site.WorkFolder, name + ".lock"), "");
        using (new FileStream(Path.Combine(Site.WorkFolder, "live.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
            await DrainAsync();
        Assert.Equal(["live", "live.lock"], Directory.GetFileSystemEntries(Site.WorkFolder).Select(Path.GetFileName).Order());
    }

    private static async Task CollectAsync(HttpListener collector, ConcurrentDictionary<string, byte[]> received)
    {
        try
        {
            while (true)
            {
                var context = await collector.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                received.AddOrUpdate(context.Request.Url!.AbsolutePath, body.ToArray(), (_, earlier) => [.. earlier, .. body.ToArray()]);
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
