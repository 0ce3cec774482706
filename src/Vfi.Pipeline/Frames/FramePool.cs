using System.Collections.Concurrent;

namespace Vfi.Pipeline.Frames;

/// <summary>Frames of one size and layout, used again. Grows to what is in use at once; freed when disposed.</summary>
public sealed class FramePool(PixelLayout layout, int width, int height) : IDisposable
{
    private readonly ConcurrentStack<VideoFrame> _free = [];
    private int _created;
    private volatile bool _disposed;

    public PixelLayout Layout { get; } = layout;

    public int Width { get; } = width;

    public int Height { get; } = height;

    /// <summary>Frames made so far: the most that were ever in use at once.</summary>
    public int Created => _created;

    /// <summary>A frame with one reference, which the caller owns; its samples are what they last were.</summary>
    public VideoFrame Rent()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_free.TryPop(out var frame))
        {
            Interlocked.Increment(ref _created);
            frame = new VideoFrame(this);
        }
        frame.Reset();
        return frame;
    }

    public void Dispose()
    {
        _disposed = true;
        while (_free.TryPop(out var frame))
            frame.Free();
    }

    internal void Return(VideoFrame frame)
    {
        if (_disposed)
            frame.Free();
        else
            _free.Push(frame);
    }
}
