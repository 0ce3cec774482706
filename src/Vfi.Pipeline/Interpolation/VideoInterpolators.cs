using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>The interpolators of a video: of the picture within its borders, where it has any, and of whole frames where the borders do not stand still.</summary>
/// <param name="picture">Of the picture; taken over.</param>
/// <param name="cutter">Takes the picture out of its borders; null: there are none. Taken over.</param>
/// <param name="openWhole">Makes interpolators of whole frames.</param>
internal sealed class VideoInterpolators(InterpolatorSet picture, PictureCutter? cutter, Func<CancellationToken, Task<InterpolatorSet>> openWhole) : IDisposable
{
    private InterpolatorSet? _whole;

    /// <summary>Of the picture; of whole frames where there are no borders.</summary>
    public InterpolatorSet Picture => picture;

    /// <summary>Null: there are no borders.</summary>
    public PictureCutter? Cutter => cutter;

    /// <summary>A source frame for <see cref="Picture"/>; takes over one reference to it.</summary>
    public SourceFrame Show(VideoFrame frame) => picture.Show(frame, cutter);

    /// <summary>Of whole frames, as many as of the picture; made when they are asked for. Called by one thread.</summary>
    /// <exception cref="VfiException">They cannot be made.</exception>
    public async ValueTask<InterpolatorSet> WholeAsync(CancellationToken cancellationToken) =>
        _whole ??= await openWhole(cancellationToken).ConfigureAwait(false);

    public void Dispose()
    {
        picture.Dispose();
        _whole?.Dispose();
        cutter?.Dispose();
    }
}
