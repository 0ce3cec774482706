using System.Globalization;
using System.Text.RegularExpressions;

namespace Vfi.Pipeline.Frames;

/// <summary>How the samples of a frame lie in memory: planar, little endian, planes one after the other without gaps.</summary>
/// <param name="Name">ffmpeg's name, such as <c>yuv420p10le</c>.</param>
/// <param name="Bits">Bits a sample, 8 to 16; above 8 each sample takes two bytes.</param>
/// <param name="PlaneCount">1 (grey) or 3 (Y, U, V or G, B, R).</param>
/// <param name="ShiftX">Chroma is this many powers of two narrower.</param>
/// <param name="ShiftY">Chroma is this many powers of two lower.</param>
/// <param name="IsRgb">Planes are G, B, R.</param>
public sealed partial record PixelLayout(string Name, int Bits, int PlaneCount, int ShiftX, int ShiftY, bool IsRgb)
{
    /// <summary>ffmpeg's planar formats that frames may have.</summary>
    public static IReadOnlyDictionary<string, PixelLayout> All { get; } = Build();

    public int BytesPerSample => Bits > 8 ? 2 : 1;

    public int MaxValue => (1 << Bits) - 1;

    /// <summary>Whether <c>yuvj</c>: full range by name. Encoders get the plain name and a range tag instead.</summary>
    public bool IsFullRangeByName => Name.StartsWith("yuvj", StringComparison.Ordinal);

    /// <summary>The same layout without range in its name.</summary>
    public string PlainName => IsFullRangeByName ? "yuv" + Name[4..] : Name;

    public int PlaneWidth(int plane, int width) => IsChroma(plane) ? (width + (1 << ShiftX) - 1) >> ShiftX : width;

    public int PlaneHeight(int plane, int height) => IsChroma(plane) ? (height + (1 << ShiftY) - 1) >> ShiftY : height;

    /// <summary>Whether the last column or row of chroma stands for less than others, as in an odd size.</summary>
    public bool CutsChroma(int width, int height) => width % (1 << ShiftX) != 0 || height % (1 << ShiftY) != 0;

    public bool IsChroma(int plane) => plane > 0 && !IsRgb;

    /// <summary>Bytes of one frame.</summary>
    public int FrameBytes(int width, int height)
    {
        long bytes = 0;
        for (var p = 0; p < PlaneCount; p++)
            bytes += (long)PlaneWidth(p, width) * PlaneHeight(p, height) * BytesPerSample;
        return checked((int)bytes);
    }

    /// <summary>The layout of an ffmpeg pixel format, or the nearest one that frames may have.</summary>
    /// <param name="pixelFormat">ffmpeg's name.</param>
    /// <param name="loss">What the conversion gives up, such as "alpha"; null: nothing.</param>
    public static PixelLayout Nearest(string pixelFormat, out string? loss)
    {
        loss = null;
        if (All.TryGetValue(pixelFormat, out var exact))
            return exact;
        var bits = BitsOf(pixelFormat);
        if (HasAlpha().IsMatch(pixelFormat))
            loss = "transparency";
        string name;
        if (pixelFormat.StartsWith("gray", StringComparison.Ordinal) || pixelFormat.StartsWith("ya", StringComparison.Ordinal)
            || pixelFormat.StartsWith("mono", StringComparison.Ordinal))
        {
            name = "gray";
        }
        else if (IsRgbName().IsMatch(pixelFormat))
        {
            name = "gbrp";
        }
        else
        {
            name = Subsampling(pixelFormat);
        }
        for (var b = Math.Clamp(bits, 8, 16); b <= 16; b++)
        {
            if (All.TryGetValue(b == 8 ? name : $"{name}{b.ToString(CultureInfo.InvariantCulture)}le", out var layout))
                return layout;
        }
        return All["yuv420p"];
    }

    private static string Subsampling(string format) => format switch
    {
        "nv12" or "nv21" or "yuv410p" or "cuda" => "yuv420p",
        "nv16" or "nv20le" or "nv20be" or "yuyv422" or "uyvy422" or "yvyu422" or "yuv411p" or "uyyvyy411" => "yuv422p",
        "nv24" or "nv42" => "yuv444p",
        _ when format.Contains("444", StringComparison.Ordinal) || format.Contains("440", StringComparison.Ordinal)
            || format.StartsWith("p4", StringComparison.Ordinal) || format is "vuya" or "vuyx" or "ayuv64le" => "yuv444p",
        _ when format.Contains("422", StringComparison.Ordinal) || format.StartsWith("p2", StringComparison.Ordinal)
            || format.StartsWith("y21", StringComparison.Ordinal) => "yuv422p",
        _ => "yuv420p",
    };

    private static int BitsOf(string format) => format switch
    {
        "rgb48le" or "rgb48be" or "bgr48le" or "bgr48be" or "rgba64le" or "rgba64be" or "bgra64le" or "ayuv64le" => 16,
        "x2rgb10le" or "x2bgr10le" or "p010le" or "p010be" or "p210le" or "p410le" or "y210le" or "nv20le" or "nv20be" => 10,
        "y212le" or "p012le" or "xyz12le" or "xyz12be" => 12,
        "p016le" or "p216le" or "p416le" or "ya16le" or "ya16be" => 16,
        _ when format.Contains("f32", StringComparison.Ordinal) => 16,
        _ when TrailingBits().Match(format) is { Success: true } m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture),
        _ => 8,
    };

    private static Dictionary<string, PixelLayout> Build()
    {
        var all = new Dictionary<string, PixelLayout>();
        void Add(string name, int[] depths, int planes, int x, int y, bool rgb)
        {
            foreach (var bits in depths)
            {
                var full = bits == 8 ? name : $"{name}{bits.ToString(CultureInfo.InvariantCulture)}le";
                all[full] = new PixelLayout(full, bits, planes, x, y, rgb);
            }
        }
        int[] deep = [8, 9, 10, 12, 14, 16];
        Add("gray", deep, 1, 0, 0, false);
        Add("yuv420p", deep, 3, 1, 1, false);
        Add("yuv422p", deep, 3, 1, 0, false);
        Add("yuv444p", deep, 3, 0, 0, false);
        Add("gbrp", deep, 3, 0, 0, true);
        Add("yuvj420p", [8], 3, 1, 1, false);
        Add("yuvj422p", [8], 3, 1, 0, false);
        Add("yuvj444p", [8], 3, 0, 0, false);
        return all;
    }

    [GeneratedRegex("^(yuva|gbrap|ya|vuya|ayuv)|rgba|bgra|argb|abgr|pal8")]
    private static partial Regex HasAlpha();

    [GeneratedRegex("^(0?rgb|0?bgr|argb|abgr|gbr|gbrap|x2rgb|x2bgr|pal8|xyz|bayer)")]
    private static partial Regex IsRgbName();

    [GeneratedRegex("(?:p|gray)(9|10|12|14|16)(?:le|be)$")]
    private static partial Regex TrailingBits();
}
