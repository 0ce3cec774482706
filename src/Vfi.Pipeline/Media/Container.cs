namespace Vfi.Pipeline.Media;

/// <summary>What an output container can carry.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Muxer">ffmpeg's name.</param>
/// <param name="VideoCodecs">Codecs that it takes; null: any.</param>
/// <param name="AudioCodecs">Codecs that are copied; null: any.</param>
/// <param name="FallbackAudio">Encoders for other audio: lossless sources, lossy sources.</param>
/// <param name="TextSubtitle">The codec that text subtitles become; null: kept as they are.</param>
/// <param name="BitmapSubtitles">Codecs of picture subtitles that it takes; null: any.</param>
/// <param name="Attachments">Whether fonts and other files can be attached.</param>
/// <param name="Covers">Whether a cover picture can be carried.</param>
/// <param name="Rotation">Whether it carries a display matrix.</param>
/// <param name="Chapters">Whether it carries chapters.</param>
/// <param name="Spatial">Whether it carries a <see cref="SpatialLayout"/>.</param>
public sealed record Container(
    string Name,
    string Muxer,
    IReadOnlyList<string>? VideoCodecs,
    IReadOnlyList<string>? AudioCodecs,
    (string Lossless, string Lossy) FallbackAudio,
    string? TextSubtitle,
    IReadOnlyList<string>? BitmapSubtitles,
    bool Attachments,
    bool Covers,
    bool Rotation,
    bool Chapters,
    bool Spatial)
{
    private static readonly string[] Mp4Audio = ["aac", "mp3", "mp2", "ac3", "eac3", "alac", "opus", "dts"];

    private static readonly Dictionary<string, Container> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".mp4"] = new("MP4", "mp4", ["h264", "hevc", "av1"], Mp4Audio, ("alac", "aac"), "mov_text", ["dvd_subtitle"], false, true, true, true, true),
        [".mov"] = new("QuickTime", "mov", ["h264", "hevc", "ffv1"],
            [.. Mp4Audio.Except(["opus", "dts"]), "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_u8", "pcm_s8", "pcm_mulaw", "pcm_alaw"],
            ("alac", "aac"), "mov_text", [], false, true, true, true, false),
        [".mkv"] = new("Matroska", "matroska", null, null, ("flac", "aac"), null, null, true, true, false, true, true),
        [".webm"] = new("WebM", "webm", ["av1"], ["opus", "vorbis"], ("libopus", "libopus"), "webvtt", [], false, false, false, true, true),
        [".ts"] = new("MPEG-TS", "mpegts", ["h264", "hevc"], ["aac", "mp3", "mp2", "ac3", "eac3", "dts", "opus"], ("aac", "aac"), null, ["dvb_subtitle", "dvb_teletext"], false, false, false, false, false),
    };

    static Container()
    {
        ByExtension[".m4v"] = ByExtension[".mp4"];
        ByExtension[".m2ts"] = ByExtension[".mts"] = ByExtension[".ts"];
    }

    /// <summary>Extensions that outputs may have.</summary>
    public static IEnumerable<string> Extensions => ByExtension.Keys;

    public bool IsMovFamily => Muxer is "mp4" or "mov";

    /// <exception cref="VfiException">An extension that is not supported, or a codec that the container cannot carry (bad input).</exception>
    public static Container For(string path, Encoder encoder)
    {
        var container = Find(path) ?? throw VfiException.BadInput(
            $"{path}: no such output container; name the output {string.Join(", ", Extensions.Order())}");
        if (container.VideoCodecs?.Contains(encoder.Codec) == false)
        {
            throw VfiException.BadInput(
                $"{path}: {container.Name} cannot carry {encoder.Codec} from {encoder.Name}; choose another --encoder, or an output ending in .mkv");
        }
        return container;
    }

    public static Container? Find(string path) => ByExtension.GetValueOrDefault(Path.GetExtension(path));
}
