using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>The baseline <c>hold</c>: the nearest source frame, which needs no pixel work at all.</summary>
public sealed class HoldInterpolator : IFrameInterpolator
{
    public int? ViewDivisor => null;

    public int ViewAlignment => 1;

    /// <exception cref="NotSupportedException">Always: the stage shows the nearer frame itself.</exception>
    public void Interpolate(
        VideoFrame first, VideoFrame second, ReducedView? firstView, ReducedView? secondView, float position, VideoFrame target) =>
        throw new NotSupportedException("hold makes no frames");
}
