using Azure.Messaging.ServiceBus;

namespace Vfi.Tests.Worker;

/// <summary>Jobs that failed are sent again when the cause is gone, or thrown away.</summary>
public sealed class DeadLetterTests : WorkerTests
{
    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task A_job_that_is_sent_again_when_its_video_is_there_comes_out_under_its_id(string kind)
    {
        Open(JobSite.Open(kind));
        Site.Delete("videos/dir/in.mp4");
        await SendAsync();
        await DrainAsync();
        Assert.Equal(("job-1", "SourceMissing"), (Assert.Single(Site.Dead()).Id, Site.Status("job-1")!["reason"]!.GetValue<string>()));
        Site.Put("videos/dir/in.mp4", Clip);
        Assert.Equal((0, "job-1\n", ""), VfiCommand.Run(["dead-letters", "resubmit", "job-1", .. Site.Settings]));
        var status = await AssertDoneAsync(await DrainAsync());
        Assert.Equal(2, status["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_job_that_what_was_around_it_made_fail_goes_on_from_its_chunks()
    {
        Open(new SpoolSite());
        await SendAsync();
        using (var worker = Start("--drain"))
        {
            await UntilAsync(() => CheckpointedChunks() >= 2, () => worker.Log);
            await worker.KillAsync();
        }
        await DrainAsync("--Worker:MinFreeMegabytes=100000000", "--Worker:MaxAttempts=2", "--Worker:DrainSeconds=4");
        Assert.Equal("TooManyAttempts", Assert.Single(Site.Dead()).Reason);
        Assert.Equal((0, "job-1\n", ""), VfiCommand.Run(["dead-letters", "resubmit", "--all", .. Site.Settings]));
        var log = await DrainAsync();
        Assert.DoesNotContain("(0 finished)", log, StringComparison.Ordinal);
        await AssertDoneAsync(log);
    }

    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task Letters_are_chosen_by_id_by_reason_or_all(string kind)
    {
        Open(JobSite.Open(kind));
        (string Id, string Body)[] jobs =
        [
            ("m1", """{"video":"videos/none.mp4","id":"a"}"""), ("m2", """{"video":"videos/none.mp4","id":"b"}"""), ("m3", "no job"),
            ("m4", """{"video":"secrets/a.mp4"}"""), ("m5", """{"video":"videos/none.mp4","id":"c"}"""),
        ];
        foreach (var (id, body) in jobs)
            await Site.SendAsync(id, body);
        await DrainAsync();
        Assert.Equal(["a", "b", "c", "m3", "m4"], Ids(Site.Dead()));
        Assert.Equal((1, "b\n", "vfi: x: there is no dead letter of this id\n"), VfiCommand.Run(["dead-letters", "discard", "b", "x", .. Site.Settings]));
        Assert.Equal(["a", "c"], Taken("resubmit", "--reason", "SourceMissing"));
        Assert.Equal(["m3", "m4"], Ids(Site.Dead()));
        Assert.Equal(2, await Site.WaitingAsync());
        Assert.Equal(["m3", "m4"], Taken("resubmit", "--all"));
        await DrainAsync();
        // What is no job has no id but its message's, which is new.
        var again = Site.Dead();
        Assert.Equal(["a", "c", "m4"], Ids(again.Where(d => d.Reason != "InvalidMessage")));
        Assert.Equal(Ids(again), Taken("discard", "--all"));
        Assert.Equal((0, "", "vfi: there are no dead letters\n"), VfiCommand.Run(["dead-letters", "list", .. Site.Settings]));
    }

    [Fact]
    public async Task A_failed_job_that_is_submitted_again_under_its_id_is_not_taken_for_a_duplicate_and_its_end_is_told_again()
    {
        Open(new AzureSite());
        Site.Delete("videos/dir/in.mp4");
        string[] submit = ["submit", "videos/dir/in.mp4", "--interp-ratio", "3", "--id", "job-1", .. Site.Settings];
        Assert.Equal((0, "job-1\n", ""), VfiCommand.Run(submit));
        await DrainAsync();
        Assert.Equal("failed", Site.Status("job-1")!["state"]!.GetValue<string>());
        Site.Put("videos/dir/in.mp4", Clip);
        Assert.Equal((0, "job-1\n", ""), VfiCommand.Run(submit));
        await DrainAsync();
        Assert.Equal("completed", Site.Status("job-1")!["state"]!.GetValue<string>());
        await using var client = new ServiceBusClient(Azure.Broker.ConnectionString);
        var receiver = client.CreateReceiver("results");
        var ends = new List<string?>();
        while (ends.Count < 2 && await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(5)) is { } message)
            ends.Add($"{message.CorrelationId} {message.Subject}");
        Assert.Equal(["job-1 failed", "job-1 completed"], ends);
    }

    [Fact]
    public async Task A_letter_that_another_receiver_holds_is_told()
    {
        Open(new AzureSite(lockSeconds: 30));
        await Site.SendAsync("m1", """{"video":"videos/none.mp4","id":"a"}""");
        await DrainAsync();
        await using var client = new ServiceBusClient(Azure.Broker.ConnectionString);
        await using var receiver = client.CreateReceiver("jobs", new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        Assert.NotNull(await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(5)));
        var (exit, output, errors) = VfiCommand.Run(["dead-letters", "resubmit", "a", .. Site.Settings]);
        Assert.Equal((1, "", "vfi: jobs: another receiver holds 1 of the dead letters; try again when their locks have ended\n"), (exit, output, errors));
    }

    [Theory]
    [InlineData]
    [InlineData("a", "--all")]
    [InlineData("--reason", "SourceMissing", "--all")]
    public void Letters_are_taken_only_when_it_is_clear_which(params string[] choice)
    {
        Open(new SpoolSite());
        var (exit, output, errors) = VfiCommand.Run(["dead-letters", "discard", .. choice, .. Site.Settings]);
        Assert.Equal((2, "", "vfi: name the jobs by their ids, by --reason, or take them with --all; vfi dead-letters list shows them\n"), (exit, output, errors));
    }

    private static IEnumerable<string> Ids(IEnumerable<(string Id, string, string)> letters) => letters.Select(d => d.Id).Order(StringComparer.Ordinal);

    private IEnumerable<string> Taken(params string[] arguments)
    {
        var (exit, output, errors) = VfiCommand.Run(["dead-letters", .. arguments, .. Site.Settings]);
        Assert.Equal((0, ""), (exit, errors));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
    }
}
