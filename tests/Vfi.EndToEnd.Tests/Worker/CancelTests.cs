using Azure.Messaging.ServiceBus;

namespace Vfi.Tests.Worker;

public sealed class CancelTests : WorkerTests
{
    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task A_job_at_work_ends_when_it_is_cancelled_and_leaves_nothing(string kind)
    {
        Open(JobSite.Open(kind));
        await SendAsync();
        using var worker = Start("--drain");
        await UntilAsync(() => CheckpointedChunks() >= 2, () => worker.Log);
        Assert.Equal((0, "job-1\n", ""), VfiCommand.Run(["cancel", "job-1", .. Site.Settings]));
        Assert.True(await worker.ExitAsync() == 0, worker.Log);
        Assert.Contains("ended as cancelled", worker.Log, StringComparison.Ordinal);
        await AssertCancelledAsync();
    }

    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task A_job_that_waits_is_not_begun_when_it_is_cancelled(string kind)
    {
        Open(JobSite.Open(kind));
        await SendAsync();
        var (exit, output, errors) = VfiCommand.Run(["cancel", "job-1", .. Site.Settings]);
        Assert.Equal((0, "job-1\n", "note: job-1: no worker has begun a job of this id; none will\n"), (exit, output, errors));
        Assert.Contains("ended as cancelled", await DrainAsync(), StringComparison.Ordinal);
        await AssertCancelledAsync();
        Assert.Equal((0, "job-1  cancelled\n", ""), VfiCommand.Run(["status", .. Site.Settings]));
    }

    [Fact]
    public async Task A_cancelled_jobs_end_is_published()
    {
        Open(new AzureSite());
        await SendAsync();
        VfiCommand.Run(["cancel", "job-1", .. Site.Settings]);
        await DrainAsync();
        await using var client = new ServiceBusClient(Azure.Broker.ConnectionString);
        var end = await client.CreateReceiver("results").ReceiveMessageAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(("job-1", "cancelled"), (end?.CorrelationId, end?.Subject));
    }

    [Fact]
    public async Task What_is_over_cannot_be_cancelled()
    {
        Open(new SpoolSite());
        await SendAsync();
        await Site.SendAsync("m2", """{"video":"videos/none.mp4","id":"job-2"}""");
        await DrainAsync();
        Assert.StartsWith("job-2  failed", VfiCommand.Run(["status", "--state", "failed", .. Site.Settings]).Output, StringComparison.Ordinal);
        Assert.Equal(2, VfiCommand.Run(["status", "--state", "broken", .. Site.Settings]).ExitCode);
        var (exit, output, errors) = VfiCommand.Run(["cancel", "job-1", "job-2", .. Site.Settings]);
        Assert.Equal((1, "", "vfi: job-1: is completed already\nvfi: job-2: is failed already\n"), (exit, output, errors));
        Assert.Equal((2, "", "vfi: id '../x': must be 1 to 128 letters, digits, '.', '_' or '-', and begin with a letter or digit\n"), VfiCommand.Run(["cancel", "../x", .. Site.Settings]));
    }

    private async Task AssertCancelledAsync()
    {
        Assert.Equal("cancelled", Site.Status("job-1")!["state"]!.GetValue<string>());
        Assert.Empty(Site.List("results"));
        Assert.Empty(Site.Dead());
        await AssertNothingLeftAsync();
    }
}
