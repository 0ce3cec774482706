using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vfi.Worker.Jobs;

namespace Vfi.Tests.Jobs;

public sealed class JobMessageTests
{
    public static TheoryData<string, string> Malformed => new()
    {
        { "", "neither bytes nor text" },
        { " ", "not JSON" },
        { "not json", "not JSON" },
        { "{\"video\": \"videos/a.mp4\"", "not JSON" },
        { "[]", "an array" },
        { "[{\"video\": \"a/b\"}, {\"video\": \"a/b\"}]", "an array" },
        { "\"videos/a.mp4\"", "a string" },
        { "null", "null" },
        { "{}", "video: is missing" },
        { "{\"video\": 5}", "video: is a number" },
        { "{\"video\": \"\"}", "video: is empty" },
        { "{\"video\": [\"videos/a.mp4\"]}", "video: is an array" },
        { "{\"video\": \"videos/a.mp4\", \"fps\": 60}", "fps: unknown key" },
        { "{\"video\": \"videos/a.mp4\", \"Video\": \"x\"}", "Video: unknown key" },
        { "{\"video\": \"videos/a.mp4\", \"video\": \"videos/b.mp4\"}", "video: is given twice" },
        { "{\"video\": \"videos/a.mp4\", \"out_fps\": true}", "out_fps: is a truth value" },
        { "{\"video\": \"videos/a.mp4\", \"interp_ratio\": {}}", "interp_ratio: is an object" },
        { "{\"video\": \"videos/a.mp4\", \"crf\": 17.5}", "crf: is a number 17.5" },
        { "{\"video\": \"videos/a.mp4\", \"crf\": \"17\"}", "crf: is a string" },
        { "{\"video\": \"videos/a.mp4\", \"scene_cut\": \"0.5\"}", "scene_cut: is a string" },
        { "{\"video\": \"videos/a.mp4\", \"scene_cut\": 1e999}", "scene_cut: is a number 1e999" },
        { "{\"video\": \"videos/a.mp4\", \"repeats\": true}", "repeats: is a truth value" },
        { "{\"video\": \"videos/a.mp4\", \"id\": \"../x\"}", "id '../x'" },
        { "{\"video\": \"videos/a.mp4\", \"id\": \"\"}", "id: is empty" },
        { "{\"specversion\": \"1.0\", \"type\": \"Microsoft.Storage.BlobDeleted\", \"data\": {}}", "BlobDeleted" },
        { "{\"eventType\": \"Microsoft.Storage.BlobCreated\", \"data\": {}}", "data.url" },
        { "{\"eventType\": \"Microsoft.Storage.BlobCreated\", \"data\": {\"api\": \"CreateFile\", \"url\": \"https://a/videos/x.mp4\"}}", "data.api CreateFile: this upload is not finished" },
        { "{\"eventType\": \"Microsoft.Storage.BlobCreated\", \"data\": {\"api\": \"SftpCreate\", \"url\": \"https://a/videos/x.mp4\"}}", "data.api SftpCreate: this upload is not finished" },
    };

    [Theory]
    [InlineData("""{"video":"videos/ä b.mp4"}""")]
    [InlineData("""{"video":"videos/a.mp4","id":"j1","interp_ratio":2.5,"crf":18,"scene_cut":0.4,"repeats":2,"scan":"tff","deinterlace":"fields"}""")]
    [InlineData("""{"video":"videos/a.mp4","out_fps":"60000/1001","output":"results/b.mkv","model":"motion-l","repeats":"auto","encoder":"libx265","preset":"slow"}""")]
    [InlineData("""{"specversion":"1.0","type":"Microsoft.Storage.BlobCreated","id":"event-1","source":"/x","data":{"url":"https://a.blob.core.windows.net/videos/a.mp4"}}""")]
    public void A_job_that_is_sent_again_is_the_same_job_in_another_message(string body)
    {
        var (id, job) = JobMessage.Parse(Encoding.UTF8.GetBytes(body), "m1");
        var again = JobMessage.Create(id, job, null);
        var (sameId, sameJob) = JobMessage.Parse(Encoding.UTF8.GetBytes(again.Body), again.Id);
        Assert.NotEqual("m1", again.Id);
        Assert.Equal((id, job.Fingerprint()), (sameId, sameJob.Fingerprint()));
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_message_is_rejected_with_the_key_at_fault(string body, string expected)
    {
        var e = Assert.Throws<JobRejectedException>(() => Parse(body));
        Assert.Equal(RejectReason.InvalidMessage, e.Reason);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"video":"videos/\ud800.mp4"}""")]
    [InlineData("""{"video":"videos/a.mp4","\udc00":1}""")]
    [InlineData("""{"video":"videos/a.mp4","id":"\ud800"}""")]
    [InlineData("""{"specversion":"1.0","type":"\ud800"}""")]
    public void Half_a_character_is_rejected(string body)
    {
        var e = Assert.Throws<JobRejectedException>(() => Parse(body));
        Assert.Equal((RejectReason.InvalidMessage, "the message holds text that is not Unicode"), (e.Reason, e.Message));
    }

    [Fact]
    public void Every_key_is_read()
    {
        var (id, job) = Parse("""{"video":"videos/a.mp4","interp_ratio":2.5,"out_fps":"60000/1001","output":"results/b.mkv","id":"j-1","model":"hold","encoder":"libx265","crf":20,"preset":"slow","scene_cut":0.5,"repeats":2,"scan":"telecine","deinterlace":"fields"}""");
        Assert.Equal("j-1", id);
        Assert.Equal(
            new JobRequest { Video = "videos/a.mp4", InterpRatio = "2.5", OutFps = "60000/1001", Output = "results/b.mkv", Id = "j-1", Model = "hold", Encoder = "libx265", Crf = 20, Preset = "slow", SceneCut = 0.5, Repeats = "2", Scan = "telecine", Deinterlace = "fields" }, job);
    }

    [Fact]
    public void A_byte_order_mark_before_the_job_is_skipped()
    {
        Assert.Equal("videos/a.mp4", Parse("\uFEFF{\"video\":\"videos/a.mp4\"}").Request.Video);
    }

    [Fact]
    public void Without_an_id_the_message_id_is_the_jobs()
    {
        Assert.Equal("m1", Parse("""{"video":"videos/a.mp4"}""").Id);
    }

    [Theory]
    [InlineData("""{"specversion":"1.0","type":"Microsoft.Storage.BlobCreated","id":"e1","source":"/x","data":{"api":"PutBlob","url":"https://a.blob.core.windows.net/videos/x.mp4"}}""")]
    [InlineData("""{"id":"e1","eventType":"Microsoft.Storage.BlobCreated","subject":"/x","data":{"api":"PutBlob","url":"https://a.blob.core.windows.net/videos/x.mp4"},"dataVersion":"1"}""")]
    [InlineData("""{"id":"e1","eventType":"Microsoft.Storage.BlobCreated","data":{"api":"FlushWithClose","url":"https://a.blob.core.windows.net/videos/x.mp4"}}""")]
    [InlineData("""[{"id":"e1","eventType":"Microsoft.Storage.BlobCreated","data":{"url":"https://a.blob.core.windows.net/videos/x.mp4"}}]""")]
    public void An_upload_event_makes_a_job_with_the_defaults(string body)
    {
        var (id, job) = Parse(body);
        Assert.Equal("e1", id);
        Assert.Equal("https://a.blob.core.windows.net/videos/x.mp4", job.Video);
        Assert.Null(job.InterpRatio ?? job.OutFps ?? job.Output ?? job.Model);
    }

    [Theory]
    [InlineData("m1", "^m1$")]
    [InlineData("order 7/shows/a.mp4", "^order-7-shows-a.mp4-[0-9a-f]{16}$")]
    [InlineData("{0ae2}", "^0ae2--[0-9a-f]{16}$")]
    [InlineData("日本", "^job-[0-9a-f]{16}$")]
    public void A_job_without_an_id_is_called_by_its_message(string messageId, string expected) =>
        Assert.Matches(expected, JobMessage.Parse("""{"video":"videos/a.mp4"}"""u8.ToArray(), messageId).Id);

    [Fact]
    public void An_event_whose_id_is_empty_is_called_by_its_message() =>
        Assert.Equal("m1", JobMessage.Parse("""{"id":"","eventType":"Microsoft.Storage.BlobCreated","data":{"url":"https://a.blob.core.windows.net/videos/x.mp4"}}"""u8.ToArray(), "m1").Id);

    [Fact]
    public void Long_message_ids_that_differ_at_the_end_are_different_jobs()
    {
        string Id(char end) => JobMessage.Parse("""{"video":"videos/a.mp4"}"""u8.ToArray(), new string('a', 200) + end).Id;
        Assert.NotEqual(Id('1'), Id('2'));
        JobMessage.RequireId(Id('1'));
    }

    [Fact]
    public void The_fingerprint_tells_jobs_apart_but_not_ids()
    {
        var a = Parse("""{"video":"videos/a.mp4","id":"1"}""").Request;
        Assert.Equal(a.Fingerprint(), Parse("""{"id":"2","video":"videos/a.mp4"}""").Request.Fingerprint());
        Assert.NotEqual(a.Fingerprint(), Parse("""{"video":"videos/a.mp4","out_fps":60}""").Request.Fingerprint());
    }

    [Fact]
    public void The_schema_has_the_keys_that_the_worker_reads()
    {
        var schema = JsonNode.Parse(File.ReadAllText(SchemaPath))!;
        Assert.Equal(JobMessage.Keys, schema["properties"]!.AsObject().Select(p => p.Key));
    }

    [Fact]
    public async Task The_schema_accepts_and_rejects_what_the_worker_does()
    {
        var messages = Malformed.Select(m => (string)((object[])m)[0]).Where(IsObject).Where(m => !m.Contains("Microsoft.Storage", StringComparison.Ordinal))
            .Append("""{"video":"videos/a.mp4"}""").Append("""{"video":"a/b","interp_ratio":2,"crf":null,"id":"x.y-z"}""").Append("""{"video":"a/b","out_fps":"24000/1001","scene_cut":0}""").ToList();
        var script = $"""
            const Ajv = require('ajv/dist/2020');
            const validate = new Ajv().compile(JSON.parse(require('fs').readFileSync({JsonSerializer.Serialize(SchemaPath)})));
            console.log(JSON.stringify({JsonSerializer.Serialize(messages)}.map((m) => validate(JSON.parse(m)))));
            """;
        using var node = Process.Start(NodeServer.Node("-e", script))!;
        var errors = node.StandardError.ReadToEndAsync();
        var verdicts = JsonSerializer.Deserialize<bool[]>(await node.StandardOutput.ReadToEndAsync() is { Length: > 0 } text ? text : throw new InvalidOperationException(await errors))!;
        foreach (var (message, accepted) in messages.Zip(verdicts))
        {
            // A key given twice is beyond what a schema sees.
            if (!message.Contains("\"video\": \"videos/b.mp4\"", StringComparison.Ordinal))
                Assert.True(accepted == Accepts(message), message);
        }
        Assert.Contains(true, verdicts);
    }

    private static string SchemaPath => Path.Combine(Repository.Root, "docs", "job.schema.json");

    private static (string Id, JobRequest Request) Parse(string body) => JobMessage.Parse(Encoding.UTF8.GetBytes(body), "m1");

    private static bool Accepts(string body)
    {
        try
        {
            Parse(body);
            return true;
        }
        catch (JobRejectedException)
        {
            return false;
        }
    }

    private static bool IsObject(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
