using System.Globalization;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>Decides whether a video is interlaced, and in which order. Marks of interlaced frames are often wrong: broadcasts hold whole pictures (PsF) and film, and tapes the bottom field first. Frames that are not marked are left alone: screens and drawings with lines one pixel high look interlaced.</summary>
internal static class ScanDecision
{
    /// <summary>Films, commercials and news in one recording are seen.</summary>
    private const int Places = 8;

    /// <summary>Fewer frames that move are no evidence.</summary>
    private const int Enough = 12;

    /// <summary>As many of the frames that look interlaced must agree on the order of the fields. In film with 3:2 pulldown about three in four do.</summary>
    private const double Agreement = 0.7;

    /// <summary>As many must agree before their order counts more than the marked one. Of 192 interlaced clips all but one had 97 % or more of the right order, and that one too few that move.</summary>
    private const double Certainty = 0.9;

    /// <summary>Whole pictures of fine lines may look interlaced now and then.</summary>
    private const double Stray = 0.03;

    /// <summary>Least share of frames with one repeated field in film with 3:2 pulldown, which has 0.4, of which at least half is seen; in other videos 0.1 at most.</summary>
    private const double LeastRepeating = 0.15;

    /// <summary>The same at each place, where chance counts for more.</summary>
    private const double LeastRepeatingEach = 0.1;

    /// <param name="options">What the user says.</param>
    /// <param name="media">As its first frame is marked.</param>
    /// <param name="source">Its frames' times.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>The video with the scan to go by.</returns>
    /// <exception cref="VfiException">Film with 3:2 pulldown is asked for where it cannot be (bad input).</exception>
    public static async Task<VideoStream> TakeAsync(ConversionOptions options, MediaInfo media, SourceTimeline source, CancellationToken cancellationToken)
    {
        var video = media.Video;
        switch (options.Scan)
        {
            case ScanSource.Progressive:
                return video with { Scan = Scan.Progressive };
            case ScanSource.TopFirst:
                return video with { Scan = Scan.Interlaced, FieldOrder = FieldOrder.TopFirst };
            case ScanSource.BottomFirst:
                return video with { Scan = Scan.Interlaced, FieldOrder = FieldOrder.BottomFirst };
            case ScanSource.Telecine:
                RequireTelecine(options, source);
                var order = Order(Sum(await PictureScan.LookAsync(media, Places, cancellationToken).ConfigureAwait(false)), Agreement);
                return video with { Scan = Scan.Telecined, FieldOrder = order ?? FieldOrder.AsMarked };
        }
        video = video with { Scan = await ScanMarks.SeeAsync(media, cancellationToken).ConfigureAwait(false) };
        if (options.Scan == ScanSource.Marked || !video.IsInterlaced || video.Height > PictureScan.MostLines)
            return video;
        var places = await PictureScan.LookAsync(media, Places, cancellationToken).ConfigureAwait(false);
        return Judge(video, places, !options.TolerateDamage && Telecine.Suits(source));
    }

    /// <summary>What marks and pictures say together.</summary>
    /// <param name="marked">As it is marked: as interlaced.</param>
    /// <param name="places">How frames look in some places.</param>
    /// <param name="mayBeFilm">Whether its rate and the options allow for 3:2 pulldown.</param>
    public static VideoStream Judge(VideoStream marked, IReadOnlyList<PictureScan> places, bool mayBeFilm)
    {
        var all = Sum(places);
        // Where all that moves is film: leaving out every fifth frame of anything else would lose it.
        if (mayBeFilm && Order(all, Agreement) is { } film && all.Repeating >= LeastRepeating * all.Frames && places.Where(p => p.Decided >= Enough).All(p => p.Repeating >= LeastRepeatingEach * p.Frames))
            return marked with { Scan = Scan.Telecined, FieldOrder = film };
        if (all.Interlaced <= Stray * all.Decided && all.Whole >= Enough)
            return marked with { Scan = Scan.Segmented };
        return Order(all, Certainty) is { } order ? marked with { FieldOrder = order } : marked;
    }

    /// <summary>Null: too few frames look interlaced, or they do not agree.</summary>
    private static FieldOrder? Order(PictureScan seen, double agreement) => seen.Interlaced < Enough ? null
        : seen.TopFirst >= agreement * seen.Interlaced ? FieldOrder.TopFirst
        : seen.BottomFirst >= agreement * seen.Interlaced ? FieldOrder.BottomFirst : null;

    private static PictureScan Sum(IReadOnlyList<PictureScan> places) => places.Aggregate((a, b) => a + b);

    private static void RequireTelecine(ConversionOptions options, SourceTimeline source)
    {
        if (options.TolerateDamage)
            throw VfiException.BadInput("--scan telecine counts frames, which --tolerate-damage cannot; repair the file, or give --scan marked");
        if (!Telecine.Suits(source))
        {
            throw VfiException.BadInput(string.Create(CultureInfo.InvariantCulture,
                $"--scan telecine: {options.Input} has {(source.IsConstantRate ? "" : "a variable rate of about ")}{source.Rate.Value:0.###} frames a second; 3:2 pulldown has a constant 29.97 or 30 (use --scan auto)"));
        }
    }
}
