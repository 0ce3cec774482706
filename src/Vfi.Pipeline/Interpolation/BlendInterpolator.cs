using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>The baseline <c>blend</c>: a linear cross-fade.</summary>
/// <param name="divisor">Of the view on which scene cuts and stills are decided.</param>
/// <param name="threads">Threads for rows.</param>
public sealed class BlendInterpolator(int divisor, int threads) : IFrameInterpolator
{
    public int? ViewDivisor => divisor;

    public int ViewAlignment => 1;

    public void Interpolate(
        VideoFrame first, VideoFrame second, ReducedView? firstView, ReducedView? secondView, float position, VideoFrame target) =>
        FrameBlend.Blend(first, second, position, target, threads);
}
