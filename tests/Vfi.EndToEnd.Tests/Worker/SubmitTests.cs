namespace Vfi.Tests.Worker;

public sealed class SubmitTests : WorkerTests
{
    [Fact]
    public void A_key_that_the_queue_refuses_is_told_with_the_way_out()
    {
        Open(JobSite.Open("azure"));
        var (exit, _, errors) = VfiCommand.Run(["submit", "videos/dir/in.mp4", .. Site.Settings.Select(s => s.Replace("SAS_KEY_VALUE", "wrong", StringComparison.Ordinal))]);
        Assert.Equal(2, exit);
        Assert.Contains("check the roles of the identity, or the key", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_sends_a_file_of_jobs_or_none_of_them()
    {
        Open(new SpoolSite());
        File.WriteAllText(Site.Local("jobs"), "{\"video\":\"videos/a.mp4\",\"id\":\"a\"}\n\n{\"video\":\"videos/b.mp4\",\"id\":\"b\"}\n");
        Assert.Equal("a\nb\n", VfiCommand.Run(["submit", "--jobs", Site.Local("jobs"), .. Site.Settings]).Output);
        Assert.Equal(2, await Site.WaitingAsync());
        File.AppendAllText(Site.Local("jobs"), "{\"film\":\"x\"}\n");
        var (exit, _, errors) = VfiCommand.Run(["submit", "--jobs", Site.Local("jobs"), .. Site.Settings]);
        Assert.Equal(2, exit);
        Assert.Contains("line 4: film: unknown key", errors, StringComparison.Ordinal);
        Assert.Equal(2, await Site.WaitingAsync());
    }

    [Theory]
    [InlineData("spool")]
    [InlineData("azure")]
    public async Task Submit_all_sends_a_job_for_each_video_and_again_for_none_that_is_made(string kind)
    {
        Open(JobSite.Open(kind));
        foreach (var name in (string[])["dir/one.mp4", "dir/deep/two.mp4", "dir/notes.txt", "three.mp4"])
            Site.Put($"videos/{name}", Clip);
        string[] submit = ["submit", "--all", "videos/dir/*.mp4", "--model", "hold", .. Site.Settings];
        var (exit, ids, errors) = VfiCommand.Run(submit);
        Assert.True(exit == 0, errors);
        Assert.Equal(3, ids.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        await DrainAsync();
        Assert.Equal(["dir/deep/two_2x.mp4", "dir/in_2x.mp4", "dir/one_2x.mp4"], Site.List("results"));
        Site.Put("videos/dir/late.mp4", Clip);
        var (_, later, _) = VfiCommand.Run(submit);
        Assert.Equal(ids.Split('\n').Order(), later.Split('\n').Intersect(ids.Split('\n')).Order());
        Assert.Equal(3, (await DrainAsync()).Split("ended as repeated").Length - 1);
        Assert.Equal(4, Site.List("results").Count);
    }

    [Theory]
    [InlineData("vfi: videos/*.avi: no video in ", "videos/*.avi")]
    [InlineData("vfi: *os/a.mp4: the container must be named", "*os/a.mp4")]
    [InlineData("vfi: --id is of one video, --all of many", "videos/*.mp4", "--id", "a")]
    public void A_choice_of_videos_that_cannot_be_is_refused(string problem, params string[] arguments)
    {
        Open(new SpoolSite());
        var (exit, output, errors) = VfiCommand.Run(["submit", "--all", .. arguments, .. Site.Settings]);
        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith(problem, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("in.mp4", null, "video in.mp4: must be container/name")]
    [InlineData("videos/", null, "video videos/: must be container/name")]
    [InlineData("videos/../in.mp4", null, "video videos/../in.mp4: must not contain empty, '.' or '..' parts")]
    [InlineData("videos/in.mp4", "out.mp4", "output out.mp4: must be container/name")]
    public async Task A_place_that_no_store_can_have_is_refused_before_it_is_queued(string video, string? result, string problem)
    {
        Open(new SpoolSite());
        var (exit, output, errors) = VfiCommand.Run(["submit", video, .. (string[])(result is null ? [] : ["--output", result]), .. Site.Settings]);
        Assert.Equal((2, "", $"vfi: the job: {problem}\n"), (exit, output, errors));
        Assert.Equal(0, await Site.WaitingAsync());
    }
}
