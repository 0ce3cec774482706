using System.Collections.Concurrent;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Reduced views of one size, used again.</summary>
internal sealed class ViewPool(ViewBuilder builder, int width, int height, int divisor, int alignment)
{
    private readonly ConcurrentBag<ReducedView> _free = [];

    /// <summary>The view of a frame; <see cref="Return"/> it.</summary>
    public ReducedView Build(VideoFrame frame)
    {
        if (!_free.TryTake(out var view))
            view = new ReducedView(width, height, divisor, alignment);
        builder.Build(frame, view);
        return view;
    }

    public void Return(ReducedView view) => _free.Add(view);
}

/// <summary>A source frame with its view, made when first asked for. Counted by reference like the frame itself.</summary>
internal sealed class ViewedFrame(VideoFrame frame, ViewPool? views)
{
    private int _references = 1;
    private ReducedView? _view;

    public VideoFrame Frame { get; } = frame;

    /// <summary>Null where the interpolator wants none. Asked for by one thread at a time.</summary>
    public ReducedView? View => views is null ? null : _view ??= views.Build(Frame);

    public ViewedFrame Retain()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        if (_view is not null)
            views!.Return(_view);
        Frame.Release();
    }
}
