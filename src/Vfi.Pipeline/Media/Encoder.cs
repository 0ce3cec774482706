using System.Globalization;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Media;

/// <summary>A video encoder of ffmpeg's: what it takes and how it is told.</summary>
/// <param name="Name">ffmpeg's name.</param>
/// <param name="Codec">ffmpeg's codec name: what containers are asked about.</param>
/// <param name="PixelFormats">Layouts that it takes without loss.</param>
/// <param name="ChunkFormat">The container of chunks: exact timestamps for this codec.</param>
/// <param name="DefaultQuality">crf or its like.</param>
/// <param name="DefaultPreset">Null: it has none.</param>
public sealed record Encoder(
    string Name, string Codec, IReadOnlyList<string> PixelFormats, string ChunkFormat, int? DefaultQuality, string? DefaultPreset)
{
    private static readonly string[] Yuv8 = ["yuv420p", "yuv422p", "yuv444p"];
    private static readonly string[] X264 = [.. Yuv8, "gray", "yuv420p10le", "yuv422p10le", "yuv444p10le", "gray10le"];
    private static readonly string[] X265 =
        [.. X264, "gbrp", "gbrp10le", "yuv420p12le", "yuv422p12le", "yuv444p12le", "gray12le", "gbrp12le"];

    private static readonly string[] Ffv1Formats =
        [.. PixelLayout.All.Keys.Where(k => !k.StartsWith("yuvj", StringComparison.Ordinal) && k != "gbrp")];

    /// <summary>All that are known, in the order in which <c>auto</c> tries them; it uses the first that takes the pixels.</summary>
    public static IReadOnlyList<Encoder> All { get; } =
    [
        new("libx264", "h264", X264, "mp4", 17, "medium"),
        new("libx264rgb", "h264", ["gbrp"], "mp4", 17, "medium"),
        new("libx265", "hevc", X265, "mp4", 18, "medium"),
        new("libaom-av1", "av1", [.. Yuv8, "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv420p12le", "yuv422p12le", "yuv444p12le", "gray", "gray10le", "gray12le", "gbrp", "gbrp10le", "gbrp12le"], "mp4", 24, "6"),
        new("ffv1", "ffv1", [.. Ffv1Formats, "gbrp"], "mov", null, null),
        new("libsvtav1", "av1", ["yuv420p", "yuv420p10le"], "mp4", 24, "7"),
        new("h264_nvenc", "h264", ["yuv420p", "yuv444p"], "mp4", 19, "p5"),
        new("hevc_nvenc", "hevc", ["yuv420p", "yuv444p", "yuv420p10le"], "mp4", 20, "p5"),
        new("av1_nvenc", "av1", ["yuv420p", "yuv420p10le"], "mp4", 24, "p5"),
    ];

    /// <summary>Whether it takes such frames as they are. Most take no odd sizes where chroma is coarser.</summary>
    public bool Takes(PixelLayout layout, int width, int height) =>
        PixelFormats.Contains(layout.PlainName) && (Name is "libaom-av1" or "ffv1" || !layout.CutsChroma(width, height));

    /// <summary>Whether quality 0 is lossless.</summary>
    public bool HasLossless => Name != "libsvtav1";

    /// <summary>What its preset may be; none: it has no presets.</summary>
    public IReadOnlyList<string> Presets => Name switch
    {
        "libx264" or "libx264rgb" or "libx265" => ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"],
        "libsvtav1" => [.. Enumerable.Range(0, 14).Select(Number)],
        "libaom-av1" => [.. Enumerable.Range(0, 9).Select(Number)],
        "ffv1" => [],
        _ => ["p1", "p2", "p3", "p4", "p5", "p6", "p7", "default", "slow", "medium", "fast"],
    };

    /// <summary>Constant quality, preset and what else the encoder needs, as ffmpeg options.</summary>
    /// <param name="quality">crf or its like; null: the default.</param>
    /// <param name="preset">Null: the default.</param>
    /// <param name="cutsChroma">See <see cref="PixelLayout.CutsChroma"/>.</param>
    public IEnumerable<string> QualityArguments(int? quality, string? preset, bool cutsChroma)
    {
        var q = (quality ?? DefaultQuality)?.ToString(CultureInfo.InvariantCulture);
        var p = preset ?? DefaultPreset;
        return Name switch
        {
            "libx264" or "libx264rgb" => q == "0" ? ["-qp", "0", "-preset", p!] : ["-crf", q!, "-preset", p!],
            "libx265" => q == "0" ? ["-preset", p!] : ["-crf", q!, "-preset", p!],
            "libsvtav1" => ["-crf", q!, "-preset", p!],
            // With alternative reference frames, libaom 3.8 (of Ubuntu 24.04) loses a bit here and there of more than 8.
            "libaom-av1" => ["-crf", q!, "-b:v", "0", "-cpu-used", p!, "-row-mt", "1", .. q == "0" ? (string[])["-aom-params", "lossless=1", "-auto-alt-ref", "0"] : []],
            // Of sizes that cut chroma, 16 slices cannot always be had, and ffmpeg 6.1 damages the last lines of any: version 1 has none.
            "ffv1" => cutsChroma ? ["-level", "1", "-g", "1"] : ["-level", "3", "-slices", "16", "-slicecrc", "1", "-g", "1"],
            _ => q == "0" ? ["-preset", p!, "-tune", "lossless"] : ["-preset", p!, "-rc", "vbr", "-cq", q!, "-b:v", "0"],
        };
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Static HDR10 metadata and encoder log level, in the encoder's own syntax.</summary>
    public IEnumerable<string> PrivateArguments(ColourDescription colour, int? quality)
    {
        List<string> parameters = [];
        if (Name == "libx265")
        {
            parameters.Add("log-level=error");
            if (quality == 0)
                parameters.Add("lossless=1");
            if (colour.MasteringDisplay is not null || colour.ContentLight is not null)
                parameters.Add("hdr10=1");
        }
        if (colour.MasteringDisplay is { } m)
        {
            if (Name is "libx264" or "libx265")
            {
                parameters.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{(Name == "libx264" ? "mastering-display" : "master-display")}=G({m.GreenX},{m.GreenY})B({m.BlueX},{m.BlueY})R({m.RedX},{m.RedY})WP({m.WhiteX},{m.WhiteY})L({m.MaxLuminance},{m.MinLuminance})"));
            }
            else if (Name == "libsvtav1")
            {
                static string C(int v) => (v / 50000.0).ToString("0.00000", CultureInfo.InvariantCulture);
                parameters.Add(string.Create(CultureInfo.InvariantCulture,
                    $"mastering-display=G({C(m.GreenX)},{C(m.GreenY)})B({C(m.BlueX)},{C(m.BlueY)})R({C(m.RedX)},{C(m.RedY)})WP({C(m.WhiteX)},{C(m.WhiteY)})L({m.MaxLuminance / 10000.0:0.0000},{m.MinLuminance / 10000.0:0.0000})"));
            }
        }
        if (colour.ContentLight is { } light && CarriesHdr10)
        {
            parameters.Add(string.Create(CultureInfo.InvariantCulture,
                $"{(Name == "libx264" ? "cll" : Name == "libx265" ? "max-cll" : "content-light")}={light.Maximum},{light.Average}"));
        }
        if (parameters.Count == 0)
            return [];
        return [Name switch { "libx264" => "-x264-params", "libx265" => "-x265-params", _ => "-svtav1-params" }, string.Join(':', parameters)];
    }

    /// <summary>Whether HDR10 metadata survive this encoder.</summary>
    public bool CarriesHdr10 => Name is "libx264" or "libx265" or "libsvtav1";
}
