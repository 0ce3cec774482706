namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// A frame as models see it: RGB 0 to 1, reduced by an integer divisor, edges repeated up to the model's alignment.
/// </summary>
public sealed class ReducedView
{
    /// <param name="frameWidth">Full-size pixels.</param>
    /// <param name="frameHeight">Full-size pixels.</param>
    /// <param name="divisor">Full-size pixels a view pixel, along each axis.</param>
    /// <param name="alignment">The padded size is a multiple of this.</param>
    public ReducedView(int frameWidth, int frameHeight, int divisor, int alignment)
    {
        Divisor = divisor;
        ContentWidth = (frameWidth + divisor - 1) / divisor;
        ContentHeight = (frameHeight + divisor - 1) / divisor;
        (Width, Height) = PaddedSize(frameWidth, frameHeight, divisor, alignment);
        Rgb = GC.AllocateUninitializedArray<float>(3 * Width * Height, pinned: true);
        Luma = new float[ContentWidth * ContentHeight];
    }

    /// <summary>Width and height with padding, in view pixels.</summary>
    public static (int Width, int Height) PaddedSize(int frameWidth, int frameHeight, int divisor, int alignment)
    {
        int Pad(int full) => ((full + divisor - 1) / divisor + alignment - 1) / alignment * alignment;
        return (Pad(frameWidth), Pad(frameHeight));
    }

    public int Divisor { get; }

    /// <summary>Without padding, in view pixels.</summary>
    public int ContentWidth { get; }

    public int ContentHeight { get; }

    /// <summary>With padding, in view pixels.</summary>
    public int Width { get; }

    public int Height { get; }

    /// <summary>3 × height × width, red first.</summary>
    public float[] Rgb { get; }

    /// <summary>Content height × content width, 0 to 1: what scene cuts and stills are decided on.</summary>
    public float[] Luma { get; }
}
