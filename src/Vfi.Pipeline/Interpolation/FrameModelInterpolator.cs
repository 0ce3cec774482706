using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Models of kind <c>frame</c>: the graph makes the RGB picture, which is converted back to the planes.</summary>
internal sealed class FrameModelInterpolator : IFrameInterpolator
{
    private readonly OnnxModel _model;
    private readonly ViewBuilder _builder;
    private readonly int? _channels;
    private readonly float[] _timestep = new float[1];
    private Memory<float> _packed;
    private float[] _picture = [];

    /// <param name="graph">What the graph takes.</param>
    /// <param name="model">A graph of kind frame, which several interpolators may share.</param>
    /// <param name="builder">Turns pictures into planes.</param>
    public FrameModelInterpolator(ModelGraph graph, OnnxModel model, ViewBuilder builder)
    {
        (_model, _builder, _channels) = (model, builder, graph.Channels);
    }

    /// <exception cref="VfiException">The model failed (failed).</exception>
    public void Interpolate(SourcePair pair, float position, Curve? curve, VideoFrame target)
    {
        ReducedView a = pair.First.View!, b = pair.Second!.View!;
        int w = a.Width, h = a.Height;
        if (_picture.Length != 3 * w * h)
            _picture = Pinned(3 * w * h);
        long[] shape = [1, 3, h, w];
        if (_channels is { } channels)
        {
            Pack(a, b, position, channels);
            _model.Run([(_packed, [1, channels, h, w])], [(_picture, shape)]);
        }
        else
        {
            _timestep[0] = position;
            _model.Run([(a.Rgb, shape), (b.Rgb, shape), (_timestep, [1, 1, 1, 1])], [(_picture, shape)]);
        }
        _builder.Write(_picture, w, h, target);
    }

    private static float[] Pinned(int length) => GC.AllocateUninitializedArray<float>(length, pinned: true);

    private void Pack(ReducedView first, ReducedView second, float position, int channels)
    {
        int w = first.Width, h = first.Height, plane = w * h;
        if (_packed.Length != channels * plane)
        {
            _packed = AlignedMemory.Floats(channels * plane);
            if (channels > 7)
                FillGrid(w, h);
        }
        first.Rgb.CopyTo(_packed);
        second.Rgb.CopyTo(_packed[(3 * plane)..]);
        _packed.Span.Slice(6 * plane, plane).Fill(position);
    }

    private void FillGrid(int w, int h)
    {
        var plane = w * h;
        var packed = _packed.Span;
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
                packed[7 * plane + y * w + x] = 2f * x / (w - 1) - 1;
            packed.Slice(8 * plane + y * w, w).Fill(2f * y / (h - 1) - 1);
        }
        packed.Slice(9 * plane, plane).Fill(2f / (w - 1));
        packed.Slice(10 * plane, plane).Fill(2f / (h - 1));
    }
}
