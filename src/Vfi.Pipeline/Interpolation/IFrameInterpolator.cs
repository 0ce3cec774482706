using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Makes frames between two source frames. Used by one thread at a time.</summary>
public interface IFrameInterpolator
{
    /// <summary>Full-size pixels per pixel of the view it wants; null: it needs none, nor scene cuts and stills.</summary>
    int? ViewDivisor { get; }

    /// <summary>The view's padded size is a multiple of this.</summary>
    int ViewAlignment { get; }

    /// <summary>Fills <paramref name="target"/> with the frame between two others.</summary>
    /// <param name="first">The frame before; owned by the caller.</param>
    /// <param name="second">The frame after; owned by the caller.</param>
    /// <param name="firstView">View of <paramref name="first"/>; null when <see cref="ViewDivisor"/> is.</param>
    /// <param name="secondView">View of <paramref name="second"/>; null when <see cref="ViewDivisor"/> is.</param>
    /// <param name="position">Above 0 (the first frame), below 1 (the second).</param>
    /// <param name="target">Filled; of the sources' layout and size.</param>
    void Interpolate(VideoFrame first, VideoFrame second, ReducedView? firstView, ReducedView? secondView, float position, VideoFrame target);
}
