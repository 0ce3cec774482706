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
    public async Task Rights_that_a_worker_does_not_need_are_not_asked_for()
    {
        Open(new AzureSite());
        string[] doctor = ["doctor", "--worker", .. Site.Settings];
        Assert.Equal(0, VfiCommand.Run(doctor).ExitCode);
        // The containers are there now, and the identity may not create any.
        await Azure.Proxy.SetAsync("403");
        var (exit, output, _) = VfiCommand.Run(doctor);
        Assert.True(exit == 0, output);
        Assert.True(await Azure.Proxy.RefusedAsync() > 0);
        // A container of inputs is somebody else's: it is missed, and not made.
        (exit, output, _) = VfiCommand.Run([.. doctor, "--Store:InputContainers:0=films"]);
        Assert.Equal(3, exit);
        Assert.Contains("read films", Assert.Single(output.Split('\n'), l => l.Contains(" no: ", StringComparison.Ordinal)), StringComparison.Ordinal);
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
