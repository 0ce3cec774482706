using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Media;

public sealed class StreamPlanTests
{
    private static readonly Encoder X264 = Encoder.All[0];

    [Theory]
    [InlineData("out.mp4", "audio", "pcm_s16le", "alac")]
    [InlineData("out.mp4", "audio", "vorbis", "aac")]
    [InlineData("out.mp4", "audio", "aac", "copy")]
    [InlineData("out.mkv", "audio", "pcm_s16le", "copy")]
    [InlineData("out.mov", "audio", "pcm_s16le", "copy")]
    [InlineData("out.mkv", "audio", "pcm_bluray", "flac")]
    [InlineData("out.mkv", "audio", "s302m", "flac")]
    [InlineData("out.mkv", "audio", "pcm_f32be", "pcm_f32le")]
    [InlineData("out.mkv", "audio", "nellymoser", "aac")]
    [InlineData("out.mov", "audio", "pcm_f64be", "copy")]
    [InlineData("out.mp4", "subtitle", "subrip", "mov_text")]
    [InlineData("out.mkv", "subtitle", "sami", "srt")]
    [InlineData("out.mkv", "subtitle", "eia_608", "ass")]
    [InlineData("out.mov", "subtitle", "eia_608", "copy")]
    [InlineData("out.ts", "subtitle", "dvb_teletext", "copy")]
    [InlineData("out.mkv", "subtitle", "mov_text", "srt")]
    [InlineData("out.mkv", "subtitle", "hdmv_pgs_subtitle", "copy")]
    public void A_stream_is_copied_or_converted_as_the_container_needs(string output, string kind, string codec, string expected)
    {
        var plan = Plan(output, new MediaStream(1, kind, codec, null, "ger", false, []));
        Assert.Contains(plan.Arguments, a => a.StartsWith($"-c:1 {expected}", StringComparison.Ordinal));
        Assert.Equal(expected == "copy" ? 0 : 1, plan.Notes.Count);
    }

    [Theory]
    [InlineData("out.mp4", "subtitle", "hdmv_pgs_subtitle")]
    [InlineData("out.mp4", "attachment", "ttf")]
    [InlineData("out.ts", "subtitle", "subrip")]
    [InlineData("out.mkv", "subtitle", "dvb_teletext")]
    [InlineData("out.mkv", "subtitle", "xsub")]
    [InlineData("out.mkv", "subtitle", "arib_caption")]
    [InlineData("out.mp4", "subtitle", "hdmv_text_subtitle")]
    [InlineData("out.mkv", "data", "bin_data")]
    public void What_cannot_be_carried_is_left_out_and_said(string output, string kind, string codec)
    {
        var plan = Plan(output, new MediaStream(1, kind, codec, null, "ger", false, []));
        Assert.DoesNotContain(plan.Arguments, a => a.StartsWith("-map 1:1", StringComparison.Ordinal));
        Assert.Contains(codec, Assert.Single(plan.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("apac", "audio stream 1 (ger), apac: ")]
    [InlineData("[6][0][0][0]", "audio stream 1 (ger), unknown codec: ")]
    public void Audio_that_ffmpeg_does_not_know_is_left_out_by_its_tag(string tag, string said) =>
        Assert.StartsWith(said, Assert.Single(Plan("out.mov", new MediaStream(1, "audio", null, tag, "ger", false, [])).Notes), StringComparison.Ordinal);

    [Theory]
    [InlineData("out.mp4", "5.1(side)", 6, "alac")]
    [InlineData("out.mp4", "7.1", 8, "aac -b:1 768k")]
    [InlineData("out.mp4", null, 8, "aac -b:1 768k")]
    [InlineData("out.mov", "2.1", 3, "aac -b:1 288k")]
    [InlineData("out.ts", "stereo", 2, "aac -b:1 256k")]
    [InlineData("out.webm", "2.1", 3, "libopus -filter:1 ")]
    public void No_channel_is_lost_to_what_lossless_audio_becomes(string output, string? layout, int channels, string expected)
    {
        var audio = new MediaStream(1, "audio", "truehd", null, "ger", false, []) { Channels = channels, ChannelLayout = layout };
        audio = output == "out.ts" ? audio with { Codec = "flac" } : audio;
        Assert.Contains(Plan(output, audio).Arguments, a => a.StartsWith($"-c:1 {expected}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("out.ts", 1)]
    [InlineData("out.mkv", 0)]
    public void Chapters_that_cannot_be_carried_are_said(string output, int notes) =>
        Assert.Equal(notes, Plan(output, new MediaStream(1, "audio", "aac", null, "ger", false, []), chapters: 2).Notes.Count(n => n.StartsWith("2 chapters", StringComparison.Ordinal)));

    private static StreamPlan Plan(string output, MediaStream other, int chapters = 0)
    {
        var video = new VideoStream(0, "h264", 64, 48, "yuv420p", new Rational(1, 1000), [25], 0, 0, new ColourDescription(), null, 0, Scan.Progressive);
        var media = new MediaInfo("in.mkv", "matroska,webm", 0, 1, video, [new MediaStream(0, "video", "h264", null, null, false, ["default"]), other]) { Chapters = chapters };
        return StreamPlan.Create(media, Container.Find(output)!, X264, captions: false);
    }
}
