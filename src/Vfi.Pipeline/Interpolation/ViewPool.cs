using System.Collections.Concurrent;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Reduced views of one size, used again.</summary>
internal sealed class ViewPool(ViewBuilder builder, int width, int height, ViewShape shape, bool lumaOnly)
{
    private readonly ConcurrentStack<ReducedView> _free = [];

    /// <summary>The view of a frame; <see cref="Return"/> it.</summary>
    public ReducedView Build(VideoFrame frame)
    {
        if (!_free.TryPop(out var view))
            view = new ReducedView(width, height, shape, lumaOnly);
        builder.Build(frame, view);
        return view;
    }

    public void Return(ReducedView view) => _free.Push(view);
}
