using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation.Device;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// A source frame with what is made of it once and used for both its pairs: its picture without borders or overlay, its view, and its planes on the
/// device. Counted by reference like the frame itself.
/// </summary>
public sealed class SourceFrame
{
    private readonly Lazy<VideoFrame>? _picture;
    private readonly ViewPool? _views;
    private readonly Lazy<ReducedView>? _view;
    private readonly Lazy<DeviceFrame>? _device;
    private SourceFrame? _whole;
    private int _references = 1;

    /// <param name="frame">One reference is taken over.</param>
    /// <param name="views">Null: no view is wanted.</param>
    /// <param name="device">Null: nothing is wanted on the device.</param>
    /// <param name="picture">Makes what interpolators work on, which is released here; null: the frame is.</param>
    internal SourceFrame(VideoFrame frame, ViewPool? views, DeviceFrames? device, Func<VideoFrame, VideoFrame>? picture = null)
    {
        (Frame, _views) = (frame, views);
        _picture = picture is null ? null : new Lazy<VideoFrame>(() => picture(frame));
        _view = views is null ? null : new Lazy<ReducedView>(() => Of(views.Build));
        _device = device is null ? null : new Lazy<DeviceFrame>(() => Of(device.Take));

        // Many frames wait with their views, and few whose planes are needed: pictures are made twice rather than kept.
        T Of<T>(Func<VideoFrame, T> make)
        {
            var made = picture?.Invoke(frame) ?? frame.Retain();
            try
            {
                return make(made);
            }
            finally
            {
                made.Release();
            }
        }
    }

    public VideoFrame Frame { get; }

    /// <summary>The frame without its borders or its overlay, or the frame: what interpolators work on.</summary>
    public VideoFrame Picture => _picture?.Value ?? Frame;

    /// <summary>Of the picture; null where the interpolators want none.</summary>
    public ReducedView? View => _view?.Value;

    /// <summary>Of the picture; null where the planes stay with the host.</summary>
    internal DeviceFrame? Device => _device?.Value;

    /// <summary>The frame with its borders, for interpolators of whole frames; made once. Called by one thread.</summary>
    internal SourceFrame Whole(InterpolatorSet interpolators) => _whole ??= interpolators.Show(Frame.Retain());

    internal SourceFrame Retain()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        _whole?.Release();
        if (_picture is { IsValueCreated: true })
            _picture.Value.Release();
        if (_view is { IsValueCreated: true })
            _views!.Return(_view.Value);
        if (_device is { IsValueCreated: true })
            _device.Value.Dispose();
        Frame.Release();
    }
}
