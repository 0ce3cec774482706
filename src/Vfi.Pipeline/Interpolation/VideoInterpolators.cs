using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation.Overlays;

namespace Vfi.Pipeline.Interpolation;

/// <summary>The interpolators of a video: of the picture within its borders, where it has any, and of whole frames where the borders do not stand still.</summary>
/// <param name="picture">Of the picture; taken over.</param>
/// <param name="format">Of the picture.</param>
/// <param name="cutter">Takes the picture out of its borders; null: there are none. Taken over.</param>
/// <param name="overlays">Whether what stands over the picture is taken off before it is interpolated.</param>
/// <param name="openWhole">Makes interpolators of whole frames.</param>
internal sealed class VideoInterpolators(
    InterpolatorSet picture, FrameFormat format, PictureCutter? cutter, bool overlays, Func<CancellationToken, Task<InterpolatorSet>> openWhole) : IDisposable
{
    private readonly FramePool _copies = new(format.Layout, format.Width, format.Height);
    private InterpolatorSet? _whole;

    /// <summary>Of the picture; of whole frames where there are no borders.</summary>
    public InterpolatorSet Picture => picture;

    /// <summary>Null: there are no borders.</summary>
    public PictureCutter? Cutter => cutter;

    /// <summary>Whether what stands over the picture is taken off before it is interpolated.</summary>
    public bool Overlays => overlays;

    /// <summary>A source frame for <see cref="Picture"/>; takes over one reference to it.</summary>
    public SourceFrame Show(VideoFrame frame) => picture.Show(frame, cutter is null ? null : cutter.Cut);

    /// <summary>The same source frame without an overlay; the caller releases it.</summary>
    public SourceFrame ShowBare(SourceFrame frame, Overlay overlay) => picture.Show(frame.Frame.Retain(), f =>
    {
        var bare = cutter?.Cut(f) ?? Copy(f);
        OverlayPixels.TakeOff(overlay, bare);
        return bare;
    });

    /// <summary>Of whole frames, as many as of the picture; made when they are asked for. Called by one thread.</summary>
    /// <exception cref="VfiException">They cannot be made.</exception>
    public async ValueTask<InterpolatorSet> WholeAsync(CancellationToken cancellationToken) =>
        _whole ??= await openWhole(cancellationToken).ConfigureAwait(false);

    public void Dispose()
    {
        picture.Dispose();
        _whole?.Dispose();
        cutter?.Dispose();
        _copies.Dispose();
    }

    private VideoFrame Copy(VideoFrame frame)
    {
        var copy = _copies.Rent();
        frame.Bytes.CopyTo(copy.Bytes);
        copy.Time = frame.Time;
        return copy;
    }
}
