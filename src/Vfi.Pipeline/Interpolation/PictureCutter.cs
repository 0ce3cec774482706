using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Takes pictures out of their borders, and puts new ones into frames.</summary>
/// <param name="area">Of the picture.</param>
/// <param name="layout">Of the frames.</param>
internal sealed class PictureCutter(FrameArea area, PixelLayout layout) : IDisposable
{
    private readonly FramePool _pool = new(layout, area.Width, area.Height);

    /// <summary>Whether what is around the picture stands still from one frame to another.</summary>
    public bool BordersStand(VideoFrame first, VideoFrame second) => Borders.Stand(first, second, area);

    /// <summary>The picture of a frame; the caller releases it.</summary>
    public VideoFrame Cut(VideoFrame frame)
    {
        var picture = _pool.Rent();
        area.Cut(frame, picture);
        picture.Time = frame.Time;
        return picture;
    }

    /// <summary>What is made of a frame's picture.</summary>
    public T With<T>(VideoFrame frame, Func<VideoFrame, T> make)
    {
        var picture = Cut(frame);
        try
        {
            return make(picture);
        }
        finally
        {
            picture.Release();
        }
    }

    /// <summary>Fills a frame with the borders of another and a new picture.</summary>
    /// <param name="borders">The other frame.</param>
    /// <param name="make">Fills the picture.</param>
    /// <param name="target">The frame.</param>
    public void Frame(VideoFrame borders, Action<VideoFrame> make, VideoFrame target)
    {
        var picture = _pool.Rent();
        try
        {
            make(picture);
            borders.Bytes.CopyTo(target.Bytes);
            area.Paste(picture, target);
        }
        finally
        {
            picture.Release();
        }
    }

    public void Dispose() => _pool.Dispose();
}
