using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation.Device;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// A source frame with what is made of it once and used for both its pairs: its view, and its planes on the device. Counted by
/// reference like the frame itself.
/// </summary>
public sealed class SourceFrame
{
    private readonly ViewPool? _views;
    private readonly Lazy<ReducedView>? _view;
    private readonly Lazy<DeviceFrame>? _device;
    private int _references = 1;

    /// <param name="frame">One reference is taken over.</param>
    /// <param name="views">Null: no view is wanted.</param>
    /// <param name="device">Null: nothing is wanted on the device.</param>
    internal SourceFrame(VideoFrame frame, ViewPool? views, DeviceFrames? device)
    {
        (Frame, _views) = (frame, views);
        _view = views is null ? null : new Lazy<ReducedView>(() => views.Build(frame));
        _device = device is null ? null : new Lazy<DeviceFrame>(() => device.Take(frame));
    }

    public VideoFrame Frame { get; }

    /// <summary>Null where the interpolators want none.</summary>
    public ReducedView? View => _view?.Value;

    /// <summary>Null where the planes stay with the host.</summary>
    internal DeviceFrame? Device => _device?.Value;

    internal SourceFrame Retain()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        if (_view is { IsValueCreated: true })
            _views!.Return(_view.Value);
        if (_device is { IsValueCreated: true })
            _device.Value.Dispose();
        Frame.Release();
    }
}
