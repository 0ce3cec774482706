using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Takes pictures out of their borders, and puts new ones into frames.</summary>
/// <param name="picture">Where it lies; what is shown beside the sharp picture stands while the picture moves, and is blended. Taken for the picture, it would turn bright in every other frame.</param>
/// <param name="format">Of the frames.</param>
/// <param name="threads">Threads for rows.</param>
internal sealed class PictureCutter(BorderedPicture picture, FrameFormat format, int threads) : IDisposable
{
    private readonly FramePool _pool = new(format.Layout, picture.Sharp.Width, picture.Sharp.Height);

    /// <summary>What interpolators are given.</summary>
    public FrameFormat Format => format with { Width = picture.Sharp.Width, Height = picture.Sharp.Height };

    /// <summary>Whether what is around the picture stands still from one frame to another.</summary>
    public bool BordersStand(VideoFrame first, VideoFrame second) => Borders.Stand(first, second, picture.Shown);

    /// <summary>The picture of a frame; the caller releases it.</summary>
    public VideoFrame Cut(VideoFrame frame)
    {
        var cut = _pool.Rent();
        picture.Sharp.Cut(frame, cut);
        cut.Time = frame.Time;
        return cut;
    }

    /// <summary>Fills a frame between two others with a new picture.</summary>
    /// <param name="first">Its borders count the more, the nearer it is.</param>
    /// <param name="second">Likewise.</param>
    /// <param name="position">Above 0 (the first frame), below 1 (the second).</param>
    /// <param name="make">Fills the picture.</param>
    /// <param name="target">The frame.</param>
    public void Frame(VideoFrame first, VideoFrame second, float position, Action<VideoFrame> make, VideoFrame target)
    {
        var made = _pool.Rent();
        try
        {
            make(made);
            FrameBlend.Blend(first, second, position, target, threads);
            picture.Sharp.Paste(made, target);
        }
        finally
        {
            made.Release();
        }
    }

    public void Dispose() => _pool.Dispose();
}
