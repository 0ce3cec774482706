namespace Vfi.Pipeline.Media;

/// <summary>What an output container can carry.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Muxer">ffmpeg's name.</param>
/// <param name="VideoCodecs">Codecs that it takes; null: any.</param>
/// <param name="CarriesAudio">Whether audio of a codec can be copied.</param>
/// <param name="FallbackAudio">Encoders for other audio: lossless sources, lossy sources.</param>
/// <param name="Subtitles">Codecs of subtitles that can be copied.</param>
/// <param name="TextSubtitle">The codec that other text subtitles become; null: it has none.</param>
/// <param name="Attachments">Whether fonts and other files can be attached.</param>
/// <param name="Covers">Codecs of cover pictures that can be carried.</param>
/// <param name="Rotation">Whether it carries a display matrix.</param>
/// <param name="Chapters">Whether it carries chapters.</param>
/// <param name="Spatial">Whether it carries a <see cref="SpatialLayout"/>.</param>
public sealed record Container(
    string Name,
    string Muxer,
    IReadOnlyList<string>? VideoCodecs,
    Func<string, bool> CarriesAudio,
    (string Lossless, string Lossy) FallbackAudio,
    IReadOnlyList<string> Subtitles,
    string? TextSubtitle,
    bool Attachments,
    IReadOnlyList<string> Covers,
    bool Rotation,
    bool Chapters,
    bool Spatial)
{
    private static readonly string[] Mp4Audio = ["aac", "mp3", "mp2", "ac3", "eac3", "alac", "opus", "dts"];

    private static readonly string[] MovAudio =
    [
        .. Mp4Audio.Except(["opus", "dts"]), "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be",
        "pcm_u8", "pcm_s8", "pcm_mulaw", "pcm_alaw",
    ];

    private static readonly string[] TsAudio = ["aac", "aac_latm", "mp3", "mp2", "ac3", "eac3", "dts", "truehd", "opus", "s302m"];

    private static readonly string[] MatroskaPcm =
        ["pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f64le", "pcm_mulaw", "pcm_alaw"];

    private static readonly string[] NotInMatroska = ["s302m", "gsm", "nellymoser", "adpcm_ima_qt", "comfortnoise"];

    private static readonly string[] LosslessAudio = ["flac", "alac", "truehd", "mlp", "tta", "wavpack", "ape", "shorten", "tak", "s302m"];

    /// <summary>What ffmpeg can read as text.</summary>
    private static readonly string[] Texts =
    [
        "subrip", "ass", "webvtt", "mov_text", "text", "eia_608", "jacosub", "microdvd", "mpl2", "pjs", "realtext", "sami", "stl", "subviewer", "subviewer1", "vplayer",
    ];

    private static readonly Dictionary<string, Container> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".mkv"] = new("Matroska", "matroska", null, c => IsPcm(c) ? MatroskaPcm.Contains(c) : !NotInMatroska.Contains(c), ("flac", "aac"),
            ["subrip", "ass", "webvtt", "text", "hdmv_text_subtitle", "hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"], "srt", true, ["mjpeg", "png", "gif", "tiff"], false, true, true),
        [".mp4"] = new("MP4", "mp4", ["h264", "hevc", "av1"], Mp4Audio.Contains, ("alac", "aac"), ["mov_text", "dvd_subtitle"], "mov_text", false, ["mjpeg", "png", "bmp"], true, true, true),
        [".mov"] = new("QuickTime", "mov", ["h264", "hevc", "ffv1"], MovAudio.Contains, ("alac", "aac"), ["mov_text", "eia_608"], "mov_text", false, [], true, true, false),
        [".webm"] = new("WebM", "webm", ["av1"], c => c is "opus" or "vorbis", ("libopus", "libopus"), ["webvtt"], "webvtt", false, [], false, true, true),
        [".ts"] = new("MPEG-TS", "mpegts", ["h264", "hevc"], TsAudio.Contains, ("aac", "aac"), ["dvb_subtitle", "dvb_teletext"], null, false, [], false, false, false),
    };

    static Container()
    {
        ByExtension[".m4v"] = ByExtension[".mp4"];
        ByExtension[".m2ts"] = ByExtension[".mts"] = ByExtension[".ts"];
    }

    /// <summary>Extensions that outputs may have.</summary>
    public static IEnumerable<string> Extensions => ByExtension.Keys;

    public bool IsMovFamily => Muxer is "mp4" or "mov";

    /// <summary>Whether it carries what the encoder makes.</summary>
    public bool Takes(Encoder encoder) => VideoCodecs?.Contains(encoder.Codec) ?? true;

    /// <summary>What closed captions become; null: it has no text. ASS keeps where they stand.</summary>
    public string? Captions => Subtitles.Contains("ass") ? "ass" : TextSubtitle;

    /// <summary>What to do with audio: <c>copy</c>, or the encoder that loses least.</summary>
    /// <param name="audio">Its codec is known.</param>
    public string AudioCodec(MediaStream audio)
    {
        var codec = audio.Codec!;
        if (CarriesAudio(codec) && (!audio.IsCut || IsPcm(codec)))
            return audio.IsCut ? codec : "copy";
        // The same samples in the other order of bytes.
        if (IsPcm(codec) && codec.EndsWith("be", StringComparison.Ordinal) && CarriesAudio(codec[..^2] + "le"))
            return codec[..^2] + "le";
        var isLossless = (IsPcm(codec) || LosslessAudio.Contains(codec)) && (FallbackAudio.Lossless != "alac" || AudioEncoding.AlacKeeps(audio));
        return isLossless ? FallbackAudio.Lossless : FallbackAudio.Lossy;
    }

    /// <summary>What to do with subtitles: <c>copy</c>, the codec that they become, or null: leave them out.</summary>
    public string? SubtitleCodec(string codec) => Subtitles.Contains(codec) ? "copy" : !Texts.Contains(codec) ? null : codec == "eia_608" ? Captions : TextSubtitle;

    /// <summary>For messages: an ending of the output's name with which a stream would be kept as it is; null: none.</summary>
    public static string? Keeper(string kind, string codec) => ((string[])[".mkv", ".mov", ".ts"])
        .FirstOrDefault(e => kind == "audio" ? ByExtension[e].CarriesAudio(codec) : ByExtension[e].Subtitles.Contains(codec));

    /// <exception cref="VfiException">An extension that is not supported, or a codec that the container cannot carry (bad input).</exception>
    public static Container For(string path, Encoder encoder)
    {
        var container = Find(path) ?? throw VfiException.BadInput(
            $"{path}: no such output container; name the output {string.Join(", ", Extensions.Order())}");
        if (!container.Takes(encoder))
        {
            throw VfiException.BadInput(
                $"{path}: {container.Name} cannot carry {encoder.Codec} from {encoder.Name}; choose another --encoder, or an output ending in .mkv");
        }
        return container;
    }

    public static Container? Find(string path) => ByExtension.GetValueOrDefault(Path.GetExtension(path));

    private static bool IsPcm(string codec) => codec.StartsWith("pcm_", StringComparison.Ordinal);
}
