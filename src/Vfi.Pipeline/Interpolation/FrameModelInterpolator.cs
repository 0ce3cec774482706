using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Models of kind <c>frame</c>: the graph makes the RGB picture, which is converted back to the planes.</summary>
public sealed class FrameModelInterpolator : IFrameInterpolator
{
    private readonly OnnxModel _model;
    private readonly ViewBuilder _builder;
    private readonly float[] _timestep = new float[1];
    private float[] _picture = [];

    public FrameModelInterpolator(
        ModelManifest manifest, string onnxPath, ExecutionProvider provider, int threads, PixelLayout layout, ColourDescription colour, int height)
    {
        _model = new OnnxModel(onnxPath, provider, threads, ["frame0", "frame1", "timestep"], ["frame"]);
        _builder = new ViewBuilder(layout, colour, height, threads);
        ViewAlignment = manifest.Alignment;
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

    public void Dispose() => _model.Dispose();
}
