using System.Collections.Concurrent;
using System.Globalization;
using FFMpegCore;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>
/// Finds black borders around the picture, as films and upright videos have them, by ffmpeg's filter cropdetect. It need not be right for
/// all frames: what is in the borders and moves is seen where frames are made.
/// </summary>
internal static class BorderLook
{
    /// <summary>Logos before a film, dark scenes and sequences of another shape are outvoted.</summary>
    private const int Places = 12;

    /// <summary>In all places together.</summary>
    private const int Frames = 24;

    /// <summary>Pixels by which a border may differ from frame to frame: its edge is not sharp.</summary>
    private const int Slack = 2;

    /// <summary>Narrower borders, as a share of the side, do no harm.</summary>
    private const double Least = 0.01;

    private const string Key = "lavfi.cropdetect.";

    /// <summary>Looks at some frames in places spread over a file; what cannot be read there is not seen.</summary>
    /// <param name="media">A file with a video.</param>
    /// <param name="isTurned">Whether frames are turned by the display matrix.</param>
    /// <param name="layout">Of the frames.</param>
    /// <param name="width">Of the frames.</param>
    /// <param name="height">Of the frames.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>Where the picture lies; null: there are no borders, or the file itself hides some.</returns>
    public static async Task<FrameArea?> FindAsync(MediaInfo media, bool isTurned, PixelLayout layout, int width, int height, CancellationToken cancellationToken)
    {
        if (media.Video.Cropping is { IsNothing: false })
            return null;
        var places = (int)Math.Clamp((media.Duration / 2).Floor(), 1, Places);
        var seen = new ConcurrentDictionary<int, IReadOnlyList<Edges>>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, places), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
            async (i, token) => seen[i] = await LookAtAsync(media, media.Duration * (2 * i + 1) / (2 * places), places == 1, Frames / places, isTurned, token).ConfigureAwait(false)).ConfigureAwait(false);
        return Judge([.. seen.Values.SelectMany(e => e)], layout, width, height);
    }

    /// <summary>What most frames agree on, at each side alone.</summary>
    /// <param name="frames">The first and last columns and rows of each that are not black; in black frames the last is before the first.</param>
    /// <param name="layout">Of the frames.</param>
    /// <param name="width">Of the frames.</param>
    /// <param name="height">Of the frames.</param>
    internal static FrameArea? Judge(IReadOnlyList<Edges> frames, PixelLayout layout, int width, int height)
    {
        var lit = frames.Where(e => e.Left <= e.Right && e.Top <= e.Bottom && e.Right < width && e.Bottom < height).ToList();
        if (lit.Count == 0)
            return null;
        int x = Border(e => e.Left, width), y = Border(e => e.Top, height), right = Border(e => width - 1 - e.Right, width), bottom = Border(e => height - 1 - e.Bottom, height);
        // Whole samples of chroma: rather a line of the border in the picture than one of the picture in the border.
        int maskX = (1 << layout.ShiftX) - 1, maskY = (1 << layout.ShiftY) - 1;
        var (endX, endY) = (Math.Min(width, (width - right + maskX) & ~maskX), Math.Min(height, (height - bottom + maskY) & ~maskY));
        var area = new FrameArea(x & ~maskX, y & ~maskY, endX - (x & ~maskX), endY - (y & ~maskY));
        return (area.Width, area.Height) == (width, height) || area.Width < width / 4 || area.Height < height / 4 ? null : area;

        int Border(Func<Edges, int> of, int side)
        {
            var sizes = lit.Select(of).Order().ToList();
            var near = sizes.Where(s => Math.Abs(s - sizes[sizes.Count / 2]) <= Slack).ToList();
            return 2 * near.Count >= sizes.Count && near[0] >= Least * side ? near[0] : 0;
        }
    }

    private static async Task<IReadOnlyList<Edges>> LookAtAsync(MediaInfo media, Rational time, bool isOnly, int frames, bool isTurned, CancellationToken cancellationToken)
    {
        var at = isOnly ? "" : string.Create(CultureInfo.InvariantCulture, $" -noaccurate_seek -ss {time.Value:0.000}");
        var found = new List<Edges>();
        var edges = Edges.None;
        using var watch = new SilenceWatch(SilenceWatch.Usual);
        var processor = FFMpegArguments
            .FromFileInput(Ffmpeg.FileArgument(media.Path), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} {Ffmpeg.SafeInput}{at}{(isTurned ? "" : " -noautorotate")}"))
            .OutputToFile("-", true, o => o.WithCustomArgument(
                $"-map 0:{media.Video.Index} -vf {Ffmpeg.Quote("cropdetect=round=2:reset=1:skip=0,metadata=mode=print:file=pipe\\\\:1")} -frames:v {frames} -fps_mode passthrough -f null"))
            .NotifyOnStandardOutput(line =>
            {
                watch.Life();
                if (!line.StartsWith(Key, StringComparison.Ordinal) || line[Key.Length..].Trim().Split('=') is not [var name, var value]
                    || !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
                    return;
                edges = edges.With(name, number);
                // The last of a frame's.
                if (name == "y2")
                    found.Add(edges);
            });
        try
        {
            await Ffmpeg.RunAsync(processor, "looking for borders", watch, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegFailedException)
        {
            // Damage is told where all frames are decoded.
        }
        return found;
    }

    /// <summary>The first and last columns and rows that are not black.</summary>
    internal readonly record struct Edges(int Left, int Top, int Right, int Bottom)
    {
        public static Edges None { get; } = new(0, 0, -1, -1);

        public Edges With(string name, int value) => name switch
        {
            "x1" => this with { Left = value },
            "x2" => this with { Right = value },
            "y1" => this with { Top = value },
            "y2" => this with { Bottom = value },
            _ => this,
        };
    }
}
