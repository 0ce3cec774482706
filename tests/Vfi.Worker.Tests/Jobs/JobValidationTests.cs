using System.Text;
using Vfi.Pipeline.Interpolation;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;
using Vfi.Worker.Storage;

namespace Vfi.Tests.Jobs;

public sealed class JobValidationTests
{
    [Theory]
    [InlineData("""{"video":"../etc/passwd"}""", RejectReason.NotAllowed, "video '../etc/passwd'")]
    [InlineData("""{"video":"videos/../../etc/passwd"}""", RejectReason.NotAllowed, "'..'")]
    [InlineData("""{"video":"videos//a.mp4"}""", RejectReason.NotAllowed, "empty")]
    [InlineData("""{"video":"a.mp4"}""", RejectReason.NotAllowed, "container/name")]
    [InlineData("""{"video":"private/a.mp4"}""", RejectReason.NotAllowed, "container private is not allowed")]
    [InlineData("""{"video":"https://evil.example/videos/a.mp4"}""", RejectReason.NotAllowed, "is a URL")]
    [InlineData("""{"video":"videos/a.mp4","output":"videos/b.mp4"}""", RejectReason.NotAllowed, "output 'videos/b.mp4'")]
    [InlineData("""{"video":"videos/a.mp4","output":"vfi/status/x.mp4"}""", RejectReason.NotAllowed, "container vfi is not allowed")]
    [InlineData("""{"video":"videos/a.mp4","output":"results/b.avi"}""", RejectReason.InvalidOption, "no such container format")]
    [InlineData("""{"video":"videos/a.mp4","interp_ratio":0}""", RejectReason.InvalidOption, "interp_ratio 0")]
    [InlineData("""{"video":"videos/a.mp4","interp_ratio":"x"}""", RejectReason.InvalidOption, "interp_ratio x")]
    [InlineData("""{"video":"videos/a.mp4","out_fps":-60}""", RejectReason.InvalidOption, "out_fps -60")]
    [InlineData("""{"video":"videos/a.mp4","out_fps":241}""", RejectReason.LimitExceeded, "at most 240")]
    [InlineData("""{"video":"videos/a.mp4","crf":99}""", RejectReason.InvalidOption, "crf 99")]
    [InlineData("""{"video":"videos/a.mp4","scene_cut":2}""", RejectReason.InvalidOption, "scene_cut 2")]
    [InlineData("""{"video":"videos/a.mp4","repeats":9}""", RejectReason.InvalidOption, "repeats 9")]
    [InlineData("""{"video":"videos/a.mp4","repeats":1.5}""", RejectReason.InvalidOption, "repeats 1.5")]
    [InlineData("""{"video":"videos/a.mp4","repeats":"some"}""", RejectReason.InvalidOption, "repeats some: must be auto, or 1 (off) to 8")]
    [InlineData("""{"video":"videos/a.mp4","scan":"ntsc"}""", RejectReason.InvalidOption, "scan ntsc: must be auto, marked, progressive, tff, bff or telecine")]
    [InlineData("""{"video":"videos/a.mp4","deinterlace":"bob"}""", RejectReason.InvalidOption, "deinterlace bob: must be frames or fields")]
    [InlineData("""{"video":"videos/a.mp4","model":"nope"}""", RejectReason.InvalidOption, "model nope")]
    [InlineData("""{"video":"videos/a.mp4","model":"/tmp/model.json"}""", RejectReason.InvalidOption, "no such model")]
    [InlineData("""{"video":"videos/a.mp4","encoder":"libx264"}""", RejectReason.NotAllowed, "encoder 'libx264'")]
    public void What_is_not_allowed_is_rejected_by_key_and_value(string body, string reason, string expected)
    {
        var e = Assert.Throws<JobRejectedException>(() => Validate(body));
        Assert.Equal(reason, e.Reason);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"video":"videos/shows/a.b.mov"}""", "results/shows/a.b_2x.mov")]
    [InlineData("""{"video":"videos/a.mov","out_fps":59.94}""", "results/a_59.94fps.mov")]
    [InlineData("""{"video":"videos/a.mov","interp_ratio":"5/2","out_fps":60}""", "results/a_2.5x.mov")]
    [InlineData("""{"video":"videos/a.mov","output":"results/x/y.mkv"}""", "results/x/y.mkv")]
    public void The_result_goes_where_the_pattern_or_the_job_says(string body, string expected)
    {
        Assert.Equal(expected, Validate(body).Output(".mov").ToString());
    }

    [Theory]
    [InlineData("auto", 1, true)]
    [InlineData("half", 2, true)]
    [InlineData("1/2", 2, false)]
    [InlineData("0.25", 4, false)]
    public void Motion_is_estimated_at_the_configured_size(string scale, int divisor, bool ofTable)
    {
        var job = Validate("""{"video":"videos/a.mp4"}""", new JobOptions { MotionScale = scale });
        Assert.Equal(new MotionSize(divisor, ofTable), job.Conversion("a.mp4", null, "work", 1, CancellationToken.None).MotionSize);
    }

    private static Job Validate(string body, JobOptions? options = null)
    {
        var (id, request) = JobMessage.Parse(Encoding.UTF8.GetBytes(body), "m1");
        return Job.Validate(id, request, new FolderStore(Path.GetTempPath()), new StoreOptions(), options ?? new JobOptions { AllowedEncoders = ["libx265"] });
    }
}
