using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation.Device;

/// <summary>
/// Models of kind <c>motion</c> with everything on the device: views, motion and planes go from graph to graph there, and
/// only the finished planes come back.
/// </summary>
internal sealed class DeviceInterpolator : IFrameInterpolator, IDisposable
{
    private readonly string _name;
    private readonly OnnxModel _model;
    private readonly OnnxModel _synthesize;
    private readonly BoundGraph _motion;
    private readonly BoundGraph? _neighbours;
    private readonly BoundGraph? _around;
    private readonly BoundGraph? _bend;
    private readonly float[] _timestep = GC.AllocateArray<float>(1, pinned: true);
    private readonly IReadOnlyList<Output> _outputs;

    /// <param name="name">The model's, for messages.</param>
    /// <param name="motion">A graph of kind motion, which several interpolators may share.</param>
    /// <param name="graphs">Those around it, which several may share, too.</param>
    /// <param name="memory">Of the provider of all.</param>
    /// <param name="format">Of the frames.</param>
    /// <param name="view">Of the model.</param>
    public DeviceInterpolator(string name, OnnxModel motion, SynthesisGraphs graphs, DeviceMemory memory, FrameFormat format, ViewShape view)
    {
        BoundGraph? Bind(OnnxModel? graph) => graph is null ? null : new BoundGraph(graph, memory);
        (_name, _model, _synthesize, _motion) = (name, motion, graphs.Synthesize, new BoundGraph(motion, memory));
        (_neighbours, _around, _bend) = (Bind(graphs.Neighbours), Bind(graphs.NeighboursAround), Bind(graphs.Bend));
        var size = new ReducedViewSize(format.Width, format.Height, view);
        _outputs = [.. PlaneGroup.Of(format).Select(g => new Output(g, graphs.Synthesize, format.Layout, size, view.Divisor, graphs.Neighbours is not null))];
    }

    /// <exception cref="VfiException">A graph failed, or the motion is not finite (failed).</exception>
    public void Interpolate(SourcePair pair, float position, Curve? curve, VideoFrame target)
    {
        // What lies ahead first: then the interpolator of the next frame need not wait for this one.
        var after = curve?.After?.Motion(Estimate);
        using var at = position == pair.MotionPosition ? null : Estimate(pair.First, pair.Second!, position);
        var own = at ?? pair.Motion(Estimate);
        using var bent = curve is null ? null : Bend(own, curve.Before?.Motion(Estimate) ?? own, after ?? own, curve.Times(position));
        Synthesize(pair.First.Device!, pair.Second!.Device!, bent ?? own, target);
    }

    /// <summary>Planes from both frames' and the motion between them.</summary>
    internal void Synthesize(DeviceFrame a, DeviceFrame b, DeviceMotion motion, VideoFrame target)
    {
        using var others = Others(a, b, motion);
        for (var g = 0; g < _outputs.Count; g++)
        {
            if (!_outputs[g].Make(_synthesize, a.Planes(g), b.Planes(g), motion, others?[0], target))
                throw MotionInterpolator.NotNumbers(_name);
        }
    }

    public void Dispose()
    {
        foreach (var part in (IEnumerable<IDisposable?>)[_motion, _neighbours, _around, _bend, .. _outputs])
            part?.Dispose();
    }

    /// <summary>Flow and mask between two frames, straight, on the device; the caller disposes them.</summary>
    internal DeviceMotion Estimate(SourceFrame first, SourceFrame second, float position)
    {
        _timestep[0] = position;
        using var timestep = OrtValue.CreateTensorValueFromMemory(_timestep, [1, 1, 1, 1]);
        return new DeviceMotion(_motion.Run(
            [(_model.Inputs[0], first.Device!.View), (_model.Inputs[1], second.Device!.View), (_model.Inputs[2], timestep)], [.. _model.Outputs]));
    }

    private DeviceMotion Bend(DeviceMotion own, DeviceMotion before, DeviceMotion after, CurveTimes times)
    {
        using var given = OrtValue.CreateTensorValueFromMemory(times.ToArray(), [5]);
        return new DeviceMotion(_bend!.Run(
            [("flow", own.Flow), ("mask", own.Mask), ("before", before.Flow), ("after", after.Flow), ("times", given)], ["bent", "bent_mask", "around"]));
    }

    /// <summary>Null: none are wanted.</summary>
    private IDisposableReadOnlyCollection<OrtValue>? Others(DeviceFrame first, DeviceFrame second, DeviceMotion motion)
    {
        List<(string, OrtValue)> inputs = [("frame0", first.View), ("frame1", second.View), ("flow", motion.Flow)];
        return motion.Around is { } around ? _around?.Run([.. inputs, ("around", around)], ["others"]) : _neighbours?.Run(inputs, ["others"]);
    }

    /// <summary>One group of planes on its way back.</summary>
    private sealed class Output : IDisposable
    {
        private readonly PlaneGroup _group;
        private readonly OrtIoBinding _binding;
        private readonly BoundInputs _constants;
        private readonly OrtValue _planes;
        private readonly OrtValue _unsound;

        public Output(PlaneGroup group, OnnxModel synthesize, PixelLayout layout, ReducedViewSize view, int divisor, bool hasOthers)
        {
            (_group, _binding) = (group, synthesize.CreateBinding());
            _planes = DeviceMemory.AllocateOutput(PlaneGroup.Samples(layout), group.Shape);
            _unsound = DeviceMemory.AllocateOutput(TensorElementType.Float, 1);
            _constants = new BoundInputs(_binding);
            var g = group.Geometry;
            _constants.Add("flow_roi", Place(g, view.Width / 2, view.Height / 2, 2 * divisor), 8);
            _constants.Add("mask_roi", Place(g, view.Width, view.Height, divisor), 8);
            // GridSample's units: from -1, the first sample, to 1, the last.
            double unitX = 2.0 / Math.Max(1, g.Width - 1), unitY = 2.0 / Math.Max(1, g.Height - 1);
            float x = (float)(2 * divisor / g.StepX * unitX), y = (float)(2 * divisor / g.StepY * unitY);
            _constants.Add<float>("scale", [x, y, x, y], 1, 4, 1, 1);
            if (hasOthers)
                _constants.Add<float>("others_scale", [.. Enumerable.Repeat((float[])[x, y, x, y, 1], OtherFlows.Count).SelectMany(s => s)], 1, OtherFlows.Count * 5, 1, 1);
            _constants.Add("places", Places(g, unitX, unitY), 1, 2, g.Height, g.Width);
            _constants.Add<float>("maximum", [layout.MaxValue]);
            _binding.BindOutput("planes", _planes);
            _binding.BindOutput("unsound", _unsound);
        }

        /// <returns>Whether flows and mask hold numbers only.</returns>
        public bool Make(OnnxModel synthesize, OrtValue first, OrtValue second, DeviceMotion motion, OrtValue? others, VideoFrame target)
        {
            synthesize.Run(_binding, () =>
            {
                _binding.BindInput("first", first);
                _binding.BindInput("second", second);
                _binding.BindInput("flow", motion.Flow);
                _binding.BindInput("mask", motion.Mask);
                if (others is not null)
                    _binding.BindInput("others", others);
            });
            _planes.GetTensorMutableRawData().CopyTo(target.Bytes[_group.Offset..]);
            return _unsound.GetTensorDataAsSpan<float>()[0] == 0;
        }

        public void Dispose()
        {
            _binding.Dispose();
            _constants.Dispose();
            _planes.Dispose();
            _unsound.Dispose();
        }

        private static float[] Places(PlaneGeometry g, double unitX, double unitY)
        {
            var places = new float[2 * g.Width * g.Height];
            for (var i = 0; i < g.Width * g.Height; i++)
            {
                places[i] = (float)(i % g.Width * unitX - 1);
                places[g.Width * g.Height + i] = (float)(i / g.Width * unitY - 1);
            }
            return places;
        }

        /// <summary>
        /// Where the plane's first and last samples lie on a grid with one sample more on each side, as shares of its length: the
        /// region of interest of Resize, whose other samples lie evenly between.
        /// </summary>
        private static float[] Place(PlaneGeometry g, int gridWidth, int gridHeight, double cell)
        {
            float Share(double luma, int grid) => (float)((luma / cell + 0.5) / (grid + 1));
            return [0, 0, Share(g.FirstY, gridHeight), Share(g.FirstX, gridWidth),
                1, 1, Share(g.FirstY + (g.Height - 1) * g.StepY, gridHeight), Share(g.FirstX + (g.Width - 1) * g.StepX, gridWidth)];
        }
    }
}

/// <summary>Motion between two frames, on the device.</summary>
/// <param name="tensors">Flow and mask; of bent motion two other flows, too.</param>
internal sealed class DeviceMotion(IDisposableReadOnlyCollection<OrtValue> tensors) : IDisposable
{
    public OrtValue Flow => tensors[0];

    public OrtValue Mask => tensors[1];

    public OrtValue? Around => tensors.Count > 2 ? tensors[2] : null;

    public void Dispose() => tensors.Dispose();
}
