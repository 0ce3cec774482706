using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>The baseline <c>hold</c>: the nearest source frame, which needs no pixel work at all.</summary>
public sealed class HoldInterpolator : IFrameInterpolator
{
    /// <exception cref="NotSupportedException">Always: the stage shows the nearer frame itself.</exception>
    public void Interpolate(SourcePair pair, float position, Curve? curve, VideoFrame target) =>
        throw new NotSupportedException("hold makes no frames");
}
