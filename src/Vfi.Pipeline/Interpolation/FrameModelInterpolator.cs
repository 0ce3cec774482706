using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Models of kind <c>frame</c>: the graph makes the RGB picture, which is converted back to the planes.</summary>
internal sealed class FrameModelInterpolator : IFrameInterpolator
{
    private readonly OnnxModel _model;
    private readonly ViewBuilder _builder;
    private readonly float[] _timestep = new float[1];
    private float[] _picture = [];

    /// <param name="alignment">The views' padded sizes are multiples of this.</param>
    /// <param name="model">A graph of kind frame, which several interpolators may share.</param>
    /// <param name="builder">Turns pictures into planes.</param>
    public FrameModelInterpolator(int alignment, OnnxModel model, ViewBuilder builder)
    {
        _model = model;
        _builder = builder;
        ViewAlignment = alignment;
    }

    public int? ViewDivisor => 1;

    public int ViewAlignment { get; }

    /// <exception cref="VfiException">The model failed (failed).</exception>
    public void Interpolate(
        VideoFrame first, VideoFrame second, ReducedView? firstView, ReducedView? secondView, float position, VideoFrame target)
    {
        int w = firstView!.Width, h = firstView.Height;
        if (_picture.Length != 3 * w * h)
            _picture = GC.AllocateUninitializedArray<float>(3 * w * h, pinned: true);
        _timestep[0] = position;
        long[] shape = [1, 3, h, w];
        _model.Run([(firstView.Rgb, shape), (secondView!.Rgb, shape), (_timestep, [1, 1, 1, 1])], [(_picture, shape)]);
        _builder.Write(_picture, w, h, target);
    }
}
