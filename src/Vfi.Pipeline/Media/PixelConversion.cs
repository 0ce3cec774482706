using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Media;

/// <summary>What the decoder's pictures go through on their way into frames, and what the frames then mean.</summary>
/// <param name="Layout">Of the frames.</param>
/// <param name="Colour">Of the frames.</param>
/// <param name="Filter">ffmpeg's filter for the conversion; null: none is needed.</param>
/// <param name="Note">What is converted or lost; null: nothing.</param>
public sealed record PixelConversion(PixelLayout Layout, ColourDescription Colour, string? Filter, string? Note)
{
    /// <param name="video">The source.</param>
    /// <param name="wanted">The layout that the encoder takes or the user asked for; null: the source's own or the nearest.</param>
    public static PixelConversion Plan(VideoStream video, PixelLayout? wanted)
    {
        var nearest = PixelLayout.Nearest(video.PixelFormat, out var loss);
        loss ??= video.HasAlphaBeside ? "transparency" : null;
        var target = wanted ?? nearest;
        var colour = video.Colour;
        if (nearest.IsFullRangeByName)
            colour = colour with { Range = "pc" };
        if (target.PlainName == nearest.PlainName)
            target = nearest;
        if (target.Name == video.PixelFormat)
            return new PixelConversion(target, colour, null, loss is null ? null : $"{loss} is lost");
        // The matrix changes only between RGB and YUV; swscale would otherwise guess BT.601.
        var matrix = Matrix(colour, video.Height);
        var sourceIsRgb = nearest.IsRgb;
        if (target.IsRgb)
            colour = colour with { Matrix = "gbr", Range = "pc", ChromaLocation = null };
        else if (sourceIsRgb)
            colour = colour with { Matrix = matrix, Range = "tv" };
        if (target.ShiftX + target.ShiftY == 0)
            colour = colour with { ChromaLocation = null };
        var sourceRange = sourceIsRgb || video.Colour.IsFullRange || nearest.IsFullRangeByName ? "pc" : "tv";
        var range = colour.Range ?? "tv";
        var filter = $"scale=in_color_matrix={matrix}:out_color_matrix={matrix}:in_range={sourceRange}:out_range={range}" +
            $":flags=bicubic+accurate_rnd+full_chroma_int,format={target.Name}";
        var note = loss is null ? $"pixels are converted from {video.PixelFormat} to {target.Name}"
            : $"pixels are converted from {video.PixelFormat} to {target.Name}; {loss} is lost";
        return new PixelConversion(target, colour, filter, note);
    }

    private static string Matrix(ColourDescription colour, int height) => colour.Matrix switch
    {
        "bt709" or "fcc" or "smpte240m" or "smpte170m" => colour.Matrix,
        "bt470bg" => "bt470",
        "bt2020nc" or "bt2020c" => "bt2020",
        _ => height >= 720 ? "bt709" : "smpte170m",
    };
}
