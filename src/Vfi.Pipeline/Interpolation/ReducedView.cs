using Vfi.Pipeline.Inference;

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
    /// <param name="lumaOnly">Whether it is for cuts and stills alone.</param>
    public ReducedView(int frameWidth, int frameHeight, int divisor, int alignment, bool lumaOnly = false)
        : this(frameWidth, frameHeight, new ViewShape(divisor, alignment), lumaOnly)
    {
    }

    internal ReducedView(int frameWidth, int frameHeight, ViewShape shape, bool lumaOnly)
    {
        Divisor = shape.Divisor;
        var size = new ReducedViewSize(frameWidth, frameHeight, shape);
        (ContentWidth, ContentHeight, Width, Height) = (size.ContentWidth, size.ContentHeight, size.Width, size.Height);
        Rgb = lumaOnly ? Memory<float>.Empty : AlignedMemory.Floats(3 * Width * Height);
        Luma = new float[ContentWidth * ContentHeight];
    }

    public int Divisor { get; }

    /// <summary>Without padding, in view pixels.</summary>
    public int ContentWidth { get; }

    public int ContentHeight { get; }

    /// <summary>With padding, in view pixels.</summary>
    public int Width { get; }

    public int Height { get; }

    /// <summary>3 × height × width, red first; empty in a view of luma alone.</summary>
    public Memory<float> Rgb { get; }

    /// <summary>Content height × content width, 0 to 1: what scene cuts and stills are decided on.</summary>
    public float[] Luma { get; }
}

/// <summary>How views come from frames.</summary>
/// <param name="Divisor">Full-size pixels a view pixel.</param>
/// <param name="Alignment">The views' padded sizes are multiples of this.</param>
/// <param name="LeastWidth">They are not narrower, with padding.</param>
/// <param name="LeastHeight">They are not lower.</param>
internal readonly record struct ViewShape(int Divisor, int Alignment, int LeastWidth = 0, int LeastHeight = 0);

/// <summary>The sizes of a view, in view pixels.</summary>
internal readonly record struct ReducedViewSize
{
    public ReducedViewSize(int frameWidth, int frameHeight, ViewShape shape)
    {
        ContentWidth = (frameWidth + shape.Divisor - 1) / shape.Divisor;
        ContentHeight = (frameHeight + shape.Divisor - 1) / shape.Divisor;
        Width = Math.Max(shape.LeastWidth, (ContentWidth + shape.Alignment - 1) / shape.Alignment * shape.Alignment);
        Height = Math.Max(shape.LeastHeight, (ContentHeight + shape.Alignment - 1) / shape.Alignment * shape.Alignment);
    }

    public int ContentWidth { get; }

    public int ContentHeight { get; }

    /// <summary>With padding.</summary>
    public int Width { get; }

    public int Height { get; }
}
