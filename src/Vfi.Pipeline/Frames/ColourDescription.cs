namespace Vfi.Pipeline.Frames;

/// <summary>
/// What the samples mean, in ffmpeg's names; null where the source does not say. It travels unchanged from the
/// decoder to the encoder.
/// </summary>
/// <param name="Range"><c>tv</c> (limited) or <c>pc</c> (full).</param>
/// <param name="Matrix">Such as <c>bt709</c>.</param>
/// <param name="Transfer">Such as <c>smpte2084</c> (PQ) or <c>arib-std-b67</c> (HLG).</param>
/// <param name="Primaries">Such as <c>bt2020</c>.</param>
/// <param name="ChromaLocation">Such as <c>left</c>.</param>
/// <param name="MasteringDisplay">HDR10 mastering display.</param>
/// <param name="ContentLight">HDR10 content light level: maximum and frame average in cd/m².</param>
public sealed record ColourDescription(
    string? Range = null,
    string? Matrix = null,
    string? Transfer = null,
    string? Primaries = null,
    string? ChromaLocation = null,
    MasteringDisplay? MasteringDisplay = null,
    (int Maximum, int Average)? ContentLight = null)
{
    public bool IsFullRange => Range == "pc";

    /// <summary>Whether chroma lies at the left luma sample (MPEG-2, H.264 default) rather than between.</summary>
    public bool IsChromaLeft => ChromaLocation is null or "left" or "topleft" or "bottomleft" or "unspecified";

    /// <summary>Luma weights of red and blue by the matrix; where it is not told, BT.709 from 720 lines, BT.601 below.</summary>
    public (double Red, double Blue) LumaWeights(int height) => Matrix switch
    {
        "bt709" => (0.2126, 0.0722),
        "bt2020nc" or "bt2020_ncl" or "bt2020c" or "bt2020_cl" => (0.2627, 0.0593),
        "smpte170m" or "bt470bg" or "bt601" => (0.299, 0.114),
        "fcc" => (0.30, 0.11),
        "smpte240m" => (0.212, 0.087),
        _ => height >= 720 ? (0.2126, 0.0722) : (0.299, 0.114),
    };
}

/// <summary>SMPTE ST 2086: chromaticities in units of 0.00002, luminances in units of 0.0001 cd/m².</summary>
public sealed record MasteringDisplay(
    int RedX, int RedY, int GreenX, int GreenY, int BlueX, int BlueY, int WhiteX, int WhiteY, long MaxLuminance, long MinLuminance);
