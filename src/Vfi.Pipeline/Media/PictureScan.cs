using FFMpegCore;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>How frames look to ffmpeg's filter idet, which compares each one's two fields with one another and with the frames beside it. Frames that hardly move count nowhere.</summary>
/// <param name="TopFirst">Interlaced, the top field first.</param>
/// <param name="BottomFirst">Interlaced, the bottom field first.</param>
/// <param name="Whole">Not interlaced.</param>
/// <param name="Repeating">One of their fields, and not the other, is that of the frame before: 3:2 pulldown has two in five.</param>
/// <param name="Frames">All that were seen.</param>
internal sealed record PictureScan(int TopFirst, int BottomFirst, int Whole, int Repeating, int Frames)
{
    /// <summary>No interlaced format has more.</summary>
    public const int MostLines = 1088;

    private const int FramesEach = 25;

    private static readonly Rational SecondsApart = 2;

    private const string Key = "lavfi.idet.";

    /// <summary>Looks at about one second's frames at places spread over a file, at as many together in a short one. What cannot be read there is not seen.</summary>
    /// <param name="media">A file with a video.</param>
    /// <param name="places">How many, or fewer in short files.</param>
    /// <param name="cancellationToken">Stops decoding.</param>
    /// <returns>One for each place.</returns>
    public static async Task<IReadOnlyList<PictureScan>> LookAsync(MediaInfo media, int places, CancellationToken cancellationToken)
    {
        var count = (int)Math.Clamp((media.Duration / SecondsApart).Floor(), 1, places);
        List<PictureScan> seen = [];
        for (var i = 0; i < count; i++)
        {
            var time = count < places ? media.Duration * i / count : media.Duration * (i + 1) / (count + 1);
            seen.Add(await LookAtAsync(media, time, FramesEach * places / count, cancellationToken).ConfigureAwait(false));
        }
        return seen;
    }

    private static async Task<PictureScan> LookAtAsync(MediaInfo media, Rational time, int frames, CancellationToken cancellationToken)
    {
        var seen = new PictureScan(0, 0, 0, 0, 0);
        using var watch = new SilenceWatch(SilenceWatch.Usual);
        var processor = FFMpegArguments
            .FromFileInput(Ffmpeg.FileArgument(media.Path), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} {Ffmpeg.SafeInput}{Ffmpeg.SeekNear(time)}"))
            .OutputToFile("-", true, o => o.WithCustomArgument(
                $"-map 0:{media.Video.Index} -vf {Ffmpeg.Quote("idet,metadata=mode=print:file=pipe\\\\:1")} -frames:v {frames} -fps_mode passthrough -f null"))
            .NotifyOnStandardOutput(line =>
            {
                watch.Life();
                seen = seen.With(line);
            });
        try
        {
            await Ffmpeg.RunAsync(processor, "looking at pictures", watch, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegFailedException)
        {
            // Damage is told where all frames are decoded.
        }
        return seen;
    }

    /// <summary>Frames that look interlaced.</summary>
    public int Interlaced => TopFirst + BottomFirst;

    /// <summary>Frames that look like one or the other.</summary>
    public int Decided => Interlaced + Whole;

    public static PictureScan operator +(PictureScan a, PictureScan b) => new(
        a.TopFirst + b.TopFirst, a.BottomFirst + b.BottomFirst, a.Whole + b.Whole, a.Repeating + b.Repeating, a.Frames + b.Frames);

    /// <summary>With one more of a frame's metadata, such as <c>lavfi.idet.single.current_frame=tff</c>. What idet makes of several frames together (multiple) takes film with 3:2 pulldown for progressive.</summary>
    private PictureScan With(string line) => !line.StartsWith(Key, StringComparison.Ordinal) ? this : line[Key.Length..].Trim() switch
    {
        "single.current_frame=tff" => this with { TopFirst = TopFirst + 1 },
        "single.current_frame=bff" => this with { BottomFirst = BottomFirst + 1 },
        "single.current_frame=progressive" => this with { Whole = Whole + 1 },
        "repeated.current_frame=neither" => this with { Frames = Frames + 1 },
        "repeated.current_frame=top" or "repeated.current_frame=bottom" => this with { Frames = Frames + 1, Repeating = Repeating + 1 },
        _ => this,
    };
}
