using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Makes frames between two source frames. Used by one thread at a time.</summary>
public interface IFrameInterpolator
{
    /// <summary>Fills <paramref name="target"/> with the frame between two others.</summary>
    /// <param name="pair">The frames before and after; owned by the caller.</param>
    /// <param name="position">Above 0 (the first frame), below 1 (the second).</param>
    /// <param name="curve">What is around the pair; null: everything moves in a straight line. Without meaning where no motion is estimated.</param>
    /// <param name="target">Filled; of the layout and size of the sources' pictures.</param>
    void Interpolate(SourcePair pair, float position, Curve? curve, VideoFrame target);
}
