using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Makes frames between two source frames. Used by one thread at a time.</summary>
public interface IFrameInterpolator
{
    /// <summary>Fills <paramref name="target"/> with the frame between two others.</summary>
    /// <param name="first">The frame before; owned by the caller.</param>
    /// <param name="second">The frame after; owned by the caller.</param>
    /// <param name="position">Above 0 (the first frame), below 1 (the second).</param>
    /// <param name="target">Filled; of the sources' layout and size.</param>
    void Interpolate(SourceFrame first, SourceFrame second, float position, VideoFrame target);
}
