namespace Vfi.Tests.Worker;

public sealed class WorkerDoctorTests : WorkerTests
{
    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public void A_worker_that_has_all_it_needs_is_well_and_nothing_is_left_of_the_trial(string kind)
    {
        Open(JobSite.Open(kind));
        var (exit, output, errors) = VfiCommand.Run(["doctor", "--worker", .. Site.Settings]);
        Assert.True((exit, errors) == (0, ""), output + errors);
        Assert.DoesNotContain(" no: ", output, StringComparison.Ordinal);
        Assert.Equal(["dir/in.mp4"], Site.List("videos"));
        Assert.Empty(Site.List("results"));
        Assert.Empty(Site.List("vfi"));
        Assert.Empty(Directory.GetFileSystemEntries(Site.WorkFolder));
    }

    [Fact]
    public void What_a_worker_lacks_is_told_with_the_reason()
    {
        Open(new AzureSite());
        var (exit, output, _) = VfiCommand.Run(["doctor", "--worker", .. Site.Settings, "--Queue:Results=nowhere", "--Worker:WorkFolder=/proc/none", "--Worker:MinFreeMegabytes=1"]);
        Assert.Equal(3, exit);
        var lacks = output.Split('\n').Where(l => l.Contains(" no: ", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lacks.Count);
        Assert.Contains("Queue:Results nowhere: ", lacks[0], StringComparison.Ordinal);
        Assert.Contains("Worker:WorkFolder /proc/none: cannot be written to", lacks[1], StringComparison.Ordinal);
    }
}
