using System.Text.Json;
using Vfi.Pipeline;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Media;

public sealed class MediaProbeTests
{
    private const string Streams = """
        { "streams": [
            { "index": 0, "codec_type": "video", "codec_name": "mjpeg", "width": 9, "height": 9, "disposition": { "attached_pic": 1 } },
            { "index": 1, "codec_type": "video", "codec_name": "hevc", "width": 3840, "height": 2160, "pix_fmt": "yuv420p10le",
              "color_range": "tv", "color_space": "bt2020nc", "color_transfer": "smpte2084", "color_primaries": "bt2020",
              "sample_aspect_ratio": "4:3", "avg_frame_rate": "24000/1001", "r_frame_rate": "24000/1001", "time_base": "1/1000",
              "tags": { "DURATION": "00:01:02.500000000" },
              "side_data_list": [ { "side_data_type": "Display Matrix", "rotation": -90 } ], "disposition": { "default": 1 } },
            { "index": 2, "codec_type": "audio", "codec_name": "aac", "tags": { "language": "jpn" }, "disposition": { "default": 1, "forced": 0 } } ],
          "format": { "format_name": "matroska,webm", "start_time": "0.007000", "duration": "62.500000" } }
        """;

    private const string Frame = """
        { "frames": [ { "interlaced_frame": 0, "chroma_location": "topleft", "side_data_list": [
            { "side_data_type": "Mastering display metadata", "red_x": "35400/50000", "red_y": "14600/50000", "green_x": "8500/50000",
              "green_y": "39850/50000", "blue_x": "6550/50000", "blue_y": "2300/50000", "white_point_x": "15635/50000",
              "white_point_y": "16450/50000", "min_luminance": "50/10000", "max_luminance": "10000000/10000" },
            { "side_data_type": "Content light level metadata", "max_content": 1000, "max_average": 400 } ] } ] }
        """;

    private static MediaInfo Parse(string streams = Streams, string frame = Frame) =>
        MediaProbe.Parse("a.mkv", JsonDocument.Parse(streams).RootElement, JsonDocument.Parse(frame).RootElement);

    [Fact]
    public void The_default_video_is_taken_and_not_the_cover()
    {
        var media = Parse();
        Assert.Equal((1, 3840, 2160, "yuv420p10le"), (media.Video.Index, media.Video.Width, media.Video.Height, media.Video.PixelFormat));
        Assert.True(media.Streams[0].IsCover);
        Assert.Equal("jpn", media.Streams[2].Language);
    }

    [Fact]
    public void Times_are_exact()
    {
        var media = Parse();
        Assert.Equal(new Rational(7, 1000), media.Start);
        Assert.Equal(new Rational(125, 2), media.Video.AnnouncedDuration);
        Assert.Equal(new Rational(24000, 1001), media.Video.Rates[0]);
    }

    [Fact]
    public void Colour_HDR10_and_orientation_are_read()
    {
        var video = Parse().Video;
        Assert.Equal(("tv", "bt2020nc", "smpte2084", "bt2020", "topleft"),
            (video.Colour.Range, video.Colour.Matrix, video.Colour.Transfer, video.Colour.Primaries, video.Colour.ChromaLocation));
        Assert.Equal(new Vfi.Pipeline.Frames.MasteringDisplay(35400, 14600, 8500, 39850, 6550, 2300, 15635, 16450, 10000000, 50), video.Colour.MasteringDisplay);
        Assert.Equal((1000, 400), video.Colour.ContentLight);
        Assert.Equal(270, video.Rotation);
        Assert.Equal("4:3", video.SampleAspectRatio);
    }

    [Fact]
    public void Too_large_a_picture_is_bad_input()
    {
        var e = Assert.Throws<VfiException>(() => Parse(Streams.Replace("3840", "20000", StringComparison.Ordinal)));
        Assert.Equal(FailureKind.BadInput, e.Kind);
        Assert.Contains("20000x2160", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HDR Dynamic Metadata SMPTE2094-40 (HDR10+)", "HDR10+")]
    [InlineData("HDR Dynamic Metadata CUVA 005.1 2021 (Vivid)", "HDR Vivid")]
    [InlineData("Dolby Vision RPU Data", "Dolby Vision")]
    [InlineData("Active format description", null)]
    public void Metadata_of_single_frames_have_names(string type, string? name) =>
        Assert.Equal(name, Parse(frame: Frame.Replace("Content light level metadata", type, StringComparison.Ordinal)).Video.FrameMetadata);

    [Fact]
    public void Borders_that_ffmpeg_would_leave_out_by_itself_are_known()
    {
        var video = Parse(Streams.Replace("{ \"side_data_type\": \"Display Matrix\"",
            "{ \"side_data_type\": \"Frame Cropping\", \"crop_top\": 277, \"crop_bottom\": 276, \"crop_left\": 0, \"crop_right\": 1 }, { \"side_data_type\": \"Display Matrix\"", StringComparison.Ordinal)).Video;
        Assert.Equal((3840, 1608), (video.Width, video.Height));
        Assert.Equal(new Cropping(0, 276, 0, 276) { IsFfmpegs = true }, video.Cropping);
    }
}
