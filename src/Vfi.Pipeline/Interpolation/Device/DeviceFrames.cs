using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation.Device;

/// <summary>Brings source frames to the device: their planes, and the view that the model sees, made there.</summary>
internal sealed class DeviceFrames : IDisposable
{
    private readonly ConcurrentStack<Upload> _free = [];
    private readonly OnnxModel _prepare;
    private readonly DeviceMemory _memory;
    private readonly FrameFormat _format;
    private readonly ViewShape _view;
    private readonly IReadOnlyList<PlaneGroup> _groups;

    /// <param name="prepare">The graph of the format's layout.</param>
    /// <param name="memory">Of its provider.</param>
    /// <param name="format">Of the frames.</param>
    /// <param name="view">Of the model.</param>
    public DeviceFrames(OnnxModel prepare, DeviceMemory memory, FrameFormat format, ViewShape view) =>
        (_prepare, _memory, _format, _view, _groups) = (prepare, memory, format, view, PlaneGroup.Of(format));

    /// <summary>The frame on the device; the caller disposes it. May be called by several threads.</summary>
    /// <exception cref="VfiException">The graph failed (failed).</exception>
    public DeviceFrame Take(VideoFrame frame)
    {
        if (!_free.TryPop(out var upload))
            upload = new Upload(_prepare, _memory, _format, _view, _groups);
        var result = upload.Run(frame);
        _free.Push(upload);
        return result;
    }

    public void Dispose()
    {
        while (_free.TryPop(out var upload))
            upload.Dispose();
    }

    private sealed class Upload : IDisposable
    {
        private readonly OnnxModel _prepare;
        private readonly DeviceMemory _memory;
        private readonly OrtIoBinding _binding;
        private readonly BoundInputs _constants;
        private readonly IReadOnlyList<(PlaneGroup Group, OrtValue Planes)> _staging;

        public Upload(OnnxModel prepare, DeviceMemory memory, FrameFormat format, ViewShape shape, IReadOnlyList<PlaneGroup> groups)
        {
            (_prepare, _memory, _binding) = (prepare, memory, prepare.CreateBinding());
            _constants = new BoundInputs(_binding);
            _staging = [.. groups.Select(g => (g, memory.AllocateInput(PlaneGroup.Samples(format.Layout), g.Shape)))];
            var view = new ReducedViewSize(format.Width, format.Height, shape);
            foreach (var group in groups)
                BindGroup(group, view, shape.Divisor);
            _constants.Add<long>("content", [view.ContentHeight, view.ContentWidth], 2);
            _constants.Add<long>("pads", [0, 0, 0, 0, 0, 0, view.Height - view.ContentHeight, view.Width - view.ContentWidth], 8);
            var (matrix, offset) = new ViewBuilder(format, 1).Affine();
            _constants.Add("matrix", matrix, 3, matrix.Length / 3, 1, 1);
            _constants.Add("offset", offset, 3);
        }

        public DeviceFrame Run(VideoFrame frame)
        {
            foreach (var (group, planes) in _staging)
                frame.Bytes.Slice(group.Offset, group.Bytes).CopyTo(planes.GetTensorMutableRawData());
            _prepare.Run(_binding, () =>
            {
                foreach (var (group, planes) in _staging)
                {
                    _binding.BindInput(group.Name, planes);
                    _binding.BindOutputToDevice(group.Name + "_kept", _memory.Info);
                }
                _binding.BindOutputToDevice("rgb", _memory.Info);
            });
            var frames = new DeviceFrame(_binding.GetOutputValues());
            _binding.ClearBoundOutputs();
            return frames;
        }

        public void Dispose()
        {
            _binding.Dispose();
            _constants.Dispose();
            foreach (var (_, planes) in _staging)
                planes.Dispose();
        }

        /// <summary>Blocks of samples that become one view pixel each, or view pixels that share one sample.</summary>
        private void BindGroup(PlaneGroup group, ReducedViewSize view, int divisor)
        {
            var g = group.Geometry;
            int blockX = Math.Max(1, divisor >> g.ShiftX), blockY = Math.Max(1, divisor >> g.ShiftY);
            int repeatX = Math.Max(1, (1 << g.ShiftX) / divisor), repeatY = Math.Max(1, (1 << g.ShiftY) / divisor);
            int cellsX = (view.ContentWidth + repeatX - 1) / repeatX, cellsY = (view.ContentHeight + repeatY - 1) / repeatY;
            long c = group.Count;
            _constants.Add<long>(group.Name + "_pads", [0, 0, 0, 0, 0, 0, cellsY * blockY - g.Height, cellsX * blockX - g.Width], 8);
            _constants.Add<long>(group.Name + "_blocks", [1, c, cellsY, blockY, cellsX, blockX], 6);
            _constants.Add<long>(group.Name + "_repeats", [1, c, cellsY, repeatY, cellsX, repeatX], 6);
            _constants.Add<long>(group.Name + "_shape", [1, c, cellsY * repeatY, cellsX * repeatX], 4);
        }
    }
}

/// <summary>A source frame on the device: its groups of planes, and the view.</summary>
internal sealed class DeviceFrame(IDisposableReadOnlyCollection<OrtValue> tensors) : IDisposable
{
    /// <summary>1 × 3 × h × w.</summary>
    public OrtValue View => tensors[^1];

    public OrtValue Planes(int group) => tensors[group];

    public void Dispose() => tensors.Dispose();
}
