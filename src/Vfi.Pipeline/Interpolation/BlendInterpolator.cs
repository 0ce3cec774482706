using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>The baseline <c>blend</c>: a linear cross-fade.</summary>
/// <param name="threads">Threads for rows.</param>
public sealed class BlendInterpolator(int threads) : IFrameInterpolator
{
    public void Interpolate(SourcePair pair, float position, Curve? curve, VideoFrame target) =>
        FrameBlend.Blend(pair.First.Picture, pair.Second!.Picture, position, target, threads);
}
