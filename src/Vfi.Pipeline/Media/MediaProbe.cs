using System.Globalization;
using System.Text;
using System.Text.Json;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>Finds out what is in a file, with ffprobe.</summary>
public static class MediaProbe
{
    /// <summary>Pixels a side.</summary>
    public const int MaximumSide = 16384;

    /// <summary>Hours of video.</summary>
    public const int MaximumHours = 48;

    /// <summary>How far the first keyframe may be.</summary>
    private const int PacketsToFirstFrame = 300;

    private const string DolbyVision = "DOVI configuration record";

    /// <summary>Metadata that differ from frame to frame, by what ffprobe's types of side data contain.</summary>
    private static readonly (string InType, string Name)[] DynamicMetadata =
        [(DolbyVision, "Dolby Vision"), ("Dolby Vision", "Dolby Vision"), ("HDR10+", "HDR10+"), ("(Vivid)", "HDR Vivid")];

    private const string Pictures = "of pictures make one: ffmpeg -framerate 24 -pattern_type glob -i 'FOLDER/*.png' -c:v ffv1 video.mkv";

    /// <exception cref="VfiException">Missing, not a media file, without video, or beyond the limits (bad input).</exception>
    public static async Task<MediaInfo> ReadAsync(string path, CancellationToken cancellationToken)
    {
        RequireFile(path);
        Task<JsonElement> StreamsAsync(params string[] options) =>
            JsonAsync(path, [.. options, "-show_format", "-show_streams", "-show_programs", "-show_chapters"], cancellationToken);
        var json = await StreamsAsync().ConfigureAwait(false);
        var needsPatience = Streams(json).Any(IsUnknown);
        if (needsPatience)
            json = await StreamsAsync(MediaInfo.Patience.Split(' ')).ConfigureAwait(false);
        var video = MainVideo(json) ?? throw VfiException.BadInput($"{path}: holds no video stream; give a file with video");
        Task<JsonElement> FramesAsync(int packets) =>
            JsonAsync(path, ["-select_streams", $"{Int(video, "index")}", "-show_frames", "-read_intervals", $"%+#{packets}"], cancellationToken);
        var frames = await FramesAsync(1).ConfigureAwait(false);
        // Recordings that begin between keyframes give their first frame later.
        if (FirstFrame(frames).ValueKind == JsonValueKind.Undefined)
            frames = await FramesAsync(PacketsToFirstFrame).ConfigureAwait(false);
        return WithContainers(Parse(path, json, frames) with { NeedsPatience = needsPatience });
    }

    /// <summary>Builds the description from ffprobe's JSON: format and streams, and the first frame.</summary>
    internal static MediaInfo Parse(string path, JsonElement json, JsonElement firstFrames)
    {
        var video = MainVideo(json) ?? throw VfiException.BadInput($"{path}: holds no video stream; give a file with video");
        var format = json.GetProperty("format");
        var frame = FirstFrame(firstFrames);
        int width = Int(video, "width"), height = Int(video, "height");
        if (width < 1 || height < 1)
            throw VfiException.BadInput($"{path}: the video stream has no size; the file is damaged or incomplete");
        if (width > MaximumSide || height > MaximumSide)
            throw VfiException.BadInput($"{path}: {width}x{height} is beyond {MaximumSide} pixels a side; scale it down first");
        var duration = Seconds(Text(format, "duration"));
        if (duration > MaximumHours * 3600)
            throw VfiException.BadInput($"{path}: {duration.Value / 3600:0.#} hours are beyond {MaximumHours}; split it first");
        RequireViewable(path, video);
        var aspect = Text(video, "sample_aspect_ratio");
        var stream = new VideoStream(
            Int(video, "index"),
            Text(video, "codec_name") ?? "unknown",
            width,
            height,
            // A stream of one frame may end before ffprobe knows more than its header; its decoder does.
            Text(video, "pix_fmt") ?? Text(frame, "pix_fmt") ?? throw VfiException.BadInput($"{path}: no decoder for its video ({Text(video, "codec_name") ?? "unknown codec"})"),
            Ratio(video, "time_base"),
            [Ratio(video, "avg_frame_rate"), Ratio(video, "r_frame_rate")],
            Int(video, "nb_frames"),
            Announced(video, Text(format, "format_name") ?? ""),
            Colour(video, frame),
            aspect is null or "N/A" or "0:1" or "1:1" ? null : aspect,
            Rotation(video),
            Int(frame, "interlaced_frame") == 1 ? Scan.Flagged : Text(video, "field_order") is "tt" or "bb" or "tb" or "bt" ? Scan.Interlaced : Scan.Progressive,
            Tag(video, "alpha_mode") == "1",
            SideData(frame).Any(d => Text(d, "side_data_type")?.Contains("A53", StringComparison.Ordinal) == true),
            FrameMetadata(SideData(video).Concat(SideData(frame))),
            SpatialLayout.Read(SideData(video), Tag(frame, "stereo_mode"), width, height))
        {
            Matrix = Matrix(video),
        }.Without(Borders(video));
        var others = OfOtherPrograms(json, stream.Index);
        return new MediaInfo(path, Text(format, "format_name") ?? "", Seconds(Text(format, "start_time")), duration, stream,
            [.. Streams(json).Select(s => Stream(s) with { IsOfOtherProgram = others.Contains(Int(s, "index")), IsUnknown = IsUnknown(s) })])
        {
            Chapters = json.TryGetProperty("chapters", out var chapters) ? chapters.GetArrayLength() : 0,
            Tags = [.. TagsOf(format).Select(t => t.Key)],
            ServiceTags = [.. Programs(json).Where(p => StreamsOf(p).Contains(stream.Index)).Take(1).SelectMany(TagsOf).Where(t => t.Key is "service_name" or "service_provider")],
        };
    }

    /// <summary>Adds what the container tells and ffprobe does not, or only of some versions.</summary>
    private static MediaInfo WithContainers(MediaInfo media)
    {
        if (!media.IsMovFamily && !media.IsMatroska)
            return media;
        var borders = default(Cropping);
        using var file = new FileStream(media.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (media.IsMovFamily)
        {
            var tracks = Boxes.Tracks(file).ToList();
            media = EditLists.Mark(media, file, tracks);
            borders = CleanAperture.Read(file, tracks.Where(t => t.Id == media.Streams.First(s => s.Index == media.Video.Index).TrackId).Select(t => t.Box));
        }
        else if (media.Video.Cropping is null)
        {
            borders = MatroskaCropping.Read(file, media.Streams.Count(s => s.Kind == "video" && s.Index < media.Video.Index));
        }
        return media.Video.Cropping is null ? media with { Video = media.Video.Without(borders) } : media;
    }

    private static JsonElement FirstFrame(JsonElement json) => json.TryGetProperty("frames", out var frames) && frames.GetArrayLength() > 0 ? frames[0] : default;

    private static void RequireFile(string path)
    {
        if (Directory.Exists(path))
            throw VfiException.BadInput($"{path}: is a folder; give a video file ({Pictures})");
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            var hint = path == "-" ? "; the input is read more than once: write it to a file first"
                : path.Contains("://", StringComparison.Ordinal) ? "; only files of this machine are read: download it first"
                : path.Contains('%', StringComparison.Ordinal) || path.Contains('*', StringComparison.Ordinal) ? $" ({Pictures})" : "";
            throw VfiException.BadInput($"{path}: no such file{hint}");
        }
        if (file.Length == 0 && (file.Attributes & FileAttributes.Device) == 0)
            throw VfiException.BadInput($"{path}: the file is empty, or a pipe or device; give a video file");
    }

    private static async Task<JsonElement> JsonAsync(string path, string[] arguments, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var (exit, errors) = await Ffprobe.RunAsync(
            path, ["-v", "error", "-of", "json", .. arguments], l => text.AppendLine(l), cancellationToken).ConfigureAwait(false);
        if (exit != 0)
        {
            throw VfiException.BadInput(
                $"{path}: not a media file that ffmpeg can read ({Reason(errors, path)}); check that it is complete and not another kind of file");
        }
        return JsonDocument.Parse(text.ToString()).RootElement;
    }

    private static string Reason(ErrorTail errors, string path) =>
        (errors.Lines.LastOrDefault() ?? "no reason given").Replace("file:" + System.IO.Path.GetFullPath(path) + ": ", "", StringComparison.Ordinal);

    private static JsonElement? MainVideo(JsonElement json)
    {
        JsonElement? best = null;
        foreach (var s in Streams(json))
        {
            if (Text(s, "codec_type") != "video" || Disposition(s, "attached_pic") || Disposition(s, "timed_thumbnails"))
                continue;
            if (best is null || (Disposition(s, "default") && !Disposition(best.Value, "default")))
                best = s;
        }
        return best;
    }

    private static IEnumerable<JsonElement> Streams(JsonElement json) => json.TryGetProperty("streams", out var streams) ? streams.EnumerateArray() : [];

    /// <summary>Audio that a program's table announces, and of which nothing has come so far.</summary>
    private static bool IsUnknown(JsonElement stream) => Text(stream, "codec_type") == "audio" && Text(stream, "sample_rate") == "0";

    private static IEnumerable<JsonElement> Programs(JsonElement json) => json.TryGetProperty("programs", out var programs) ? programs.EnumerateArray() : [];

    private static List<int> StreamsOf(JsonElement program) => [.. Streams(program).Select(s => Int(s, "index"))];

    private static IEnumerable<KeyValuePair<string, string>> TagsOf(JsonElement element) =>
        Property(element, "tags") is { } tags ? tags.EnumerateObject().Select(t => new KeyValuePair<string, string>(t.Name, t.Value.ToString())) : [];

    /// <summary>Streams that belong to programs of a transport stream, but not to one of the main video's.</summary>
    private static HashSet<int> OfOtherPrograms(JsonElement json, int video)
    {
        var programs = Programs(json).Select(StreamsOf).ToList();
        return [.. programs.SelectMany(p => p).Except(programs.Where(p => p.Contains(video)).SelectMany(p => p).Append(video))];
    }

    private static MediaStream Stream(JsonElement s) => new(
        Int(s, "index"), Text(s, "codec_type") ?? "data", Text(s, "codec_name"), Text(s, "codec_tag_string"), Tag(s, "language"),
        Disposition(s, "attached_pic"),
        s.TryGetProperty("disposition", out var d) ? [.. d.EnumerateObject().Where(p => p.Value.GetInt32() != 0).Select(p => p.Name)] : [])
    {
        TrackId = int.TryParse(Text(s, "id")?.Replace("0x", "", StringComparison.Ordinal), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var id) ? id : 0,
        Channels = Int(s, "channels"),
        ChannelLayout = Text(s, "channel_layout") is { } layout and not "unknown" ? layout : null,
    };

    private static ColourDescription Colour(JsonElement video, JsonElement frame)
    {
        // The frame knows what the decoder found in the bitstream; the stream what the container says.
        string? Known(string stream, string? inFrame = null)
        {
            var value = Text(video, stream) ?? Text(frame, inFrame ?? stream);
            return value is "unknown" or "unspecified" or "reserved" ? null : value;
        }
        MasteringDisplay? mastering = null;
        (int, int)? light = null;
        foreach (var data in SideData(frame).Concat(SideData(video)))
        {
            if (Text(data, "side_data_type") == "Mastering display metadata" && data.TryGetProperty("red_x", out _))
            {
                int Chroma(string name) => (int)(Ratio(data, name) * 50000).Round();
                mastering = new MasteringDisplay(
                    Chroma("red_x"), Chroma("red_y"), Chroma("green_x"), Chroma("green_y"), Chroma("blue_x"), Chroma("blue_y"),
                    Chroma("white_point_x"), Chroma("white_point_y"),
                    (Ratio(data, "max_luminance") * 10000).Round(), (Ratio(data, "min_luminance") * 10000).Round());
            }
            else if (Text(data, "side_data_type") == "Content light level metadata")
            {
                light = (Int(data, "max_content"), Int(data, "max_average"));
            }
        }
        return new ColourDescription(
            Known("color_range"), Known("color_space"), Known("color_transfer"), Known("color_primaries"), Known("chroma_location"),
            mastering, light);
    }

    private static Rational Announced(JsonElement video, string format)
    {
        // Of Matroska ffprobe may give the file's duration as the stream's. Its tag says when the stream ends if ffmpeg wrote it, and how long it lasts if mkvmerge did: the shorter of both is sure.
        return format.Contains("matroska", StringComparison.Ordinal)
            ? Clock(Tag(video, "DURATION")) - Rational.Max(Rational.Zero, Seconds(Text(video, "start_time")))
            : Seconds(Text(video, "duration"));
    }

    /// <exception cref="VfiException">Dolby Vision without a base layer in common colours (profile 5, bad input): without its metadata, players show it green and purple.</exception>
    private static void RequireViewable(string path, JsonElement video)
    {
        foreach (var data in SideData(video).Where(d => Text(d, "side_data_type") == DolbyVision && Text(d, "dv_bl_signal_compatibility_id") == "0"))
        {
            throw VfiException.BadInput(
                $"{path}: Dolby Vision of profile {Int(data, "dv_profile")}: its colours mean nothing without metadata of each frame, which new frames cannot have; make HDR10 or SDR of it first (ffmpeg's filter libplacebo does)");
        }
    }

    private static string? FrameMetadata(IEnumerable<JsonElement> sideData)
    {
        string[] types = [.. sideData.Select(d => Text(d, "side_data_type") ?? "")];
        string[] names = [.. DynamicMetadata.Where(m => types.Any(t => t.Contains(m.InType, StringComparison.Ordinal))).Select(m => m.Name).Distinct()];
        return names.Length == 0 ? null : string.Join(" and ", names);
    }

    private static int Rotation(JsonElement video)
    {
        foreach (var data in SideData(video))
        {
            if (data.TryGetProperty("rotation", out var r))
                return (((int)Math.Round(r.GetDouble()) % 360) + 360) % 360;
        }
        return 0;
    }

    /// <summary>ffprobe prints the matrix's three rows, each behind a colon.</summary>
    private static DisplayMatrix Matrix(JsonElement video)
    {
        foreach (var text in SideData(video).Select(d => Text(d, "displaymatrix")).OfType<string>())
        {
            long[][] rows = [.. text.Split('\n').Where(l => l.Contains(':', StringComparison.Ordinal))
                .Select(l => l.Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => long.TryParse(n, NumberStyles.Integer, CultureInfo.InvariantCulture, out var v) ? v : 0).ToArray())];
            return rows is [[var a, var b, ..], [var c, var d, ..], ..] ? new DisplayMatrix(a, b, c, d) : DisplayMatrix.Upright;
        }
        return DisplayMatrix.Upright;
    }

    /// <summary>What ffmpeg (7.1 and later) reads of borders that the container hides.</summary>
    private static Cropping? Borders(JsonElement video) =>
        SideData(video).Where(d => Text(d, "side_data_type") == "Frame Cropping")
            .Select(d => new Cropping(Int(d, "crop_left"), Int(d, "crop_top"), Int(d, "crop_right"), Int(d, "crop_bottom")) { IsFfmpegs = true }).FirstOrDefault();

    private static IEnumerable<JsonElement> SideData(JsonElement element) =>
        Property(element, "side_data_list") is { } list ? list.EnumerateArray() : [];

    private static bool Disposition(JsonElement stream, string name) =>
        stream.TryGetProperty("disposition", out var d) && d.TryGetProperty(name, out var v) && v.GetInt32() != 0;

    private static string? Tag(JsonElement element, string name) =>
        Property(element, "tags") is { } tags ? Text(tags, name) : null;

    private static string? Text(JsonElement element, string name) =>
        Property(element, name) is not { } v ? null : v.ValueKind == JsonValueKind.String ? v.GetString() : v.ToString();

    /// <summary>Null: there is none, or no element, as of a file without a first frame.</summary>
    private static JsonElement? Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static int Int(JsonElement element, string name) =>
        int.TryParse(Text(element, name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var v) ? v : 0;

    private static Rational Ratio(JsonElement element, string name)
    {
        var text = Text(element, name);
        return text is not null && !text.EndsWith("/0", StringComparison.Ordinal) && Rational.TryParse(text, out var v) ? v : Rational.Zero;
    }

    private static Rational Seconds(string? text) => Rational.TryParse(text, out var v) ? v : Rational.Zero;

    /// <summary>Matroska's DURATION tag: hours:minutes:seconds with nine decimals.</summary>
    private static Rational Clock(string? text)
    {
        var parts = (text ?? "").Split(':');
        return parts.Length == 3 && Rational.TryParse(parts[0], out var h) && Rational.TryParse(parts[1], out var m) && Rational.TryParse(parts[2], out var s)
            ? h * 3600 + m * 60 + s
            : Rational.Zero;
    }
}
