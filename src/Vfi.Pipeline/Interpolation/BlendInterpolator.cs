using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>The baseline <c>blend</c>: a linear cross-fade.</summary>
/// <param name="threads">Threads for rows.</param>
public sealed class BlendInterpolator(int threads) : IFrameInterpolator
{
    public void Interpolate(SourceFrame first, SourceFrame second, float position, VideoFrame target) =>
        FrameBlend.Blend(first.Frame, second.Frame, position, target, threads);
}
