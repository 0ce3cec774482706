using System.Globalization;
using System.Threading.Channels;
using FFMpegCore;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>Encodes frames at a constant rate into one closed file.</summary>
internal sealed class FrameWriter(EncoderSettings settings, ColourDescription colour, string? sampleAspectRatio, SpatialLayout? spatial, Rational fps, int threads)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5);

    /// <summary>Encodes all frames of a channel; takes over their references.</summary>
    /// <param name="path">Overwritten.</param>
    /// <param name="layout">Of the frames.</param>
    /// <param name="width">Of the frames.</param>
    /// <param name="height">Of the frames.</param>
    /// <param name="input">Its completion ends the file.</param>
    /// <param name="onFrame">Called after each frame that ffmpeg took.</param>
    /// <param name="cancellationToken">Kills the encoder.</param>
    /// <exception cref="VfiException">The encoder failed; full disks are named (failed).</exception>
    public async Task RunAsync(
        string path, PixelLayout layout, int width, int height, ChannelReader<VideoFrame> input, Action onFrame, CancellationToken cancellationToken)
    {
        using var watch = new SilenceWatch(Silence);
        using var socket = FfmpegSocket.ForInput((stream, token) => WriteAsync(stream, input, onFrame, watch, token));
        // With -r the rate is taken at its word: with -framerate ffmpeg (5.1) takes 119.88 for 120, and a frame's time is missing every 8 seconds.
        var source = string.Create(CultureInfo.InvariantCulture, $"-f rawvideo -pix_fmt {layout.PlainName} -video_size {width}x{height} -r {fps}");
        var processor = FFMpegArguments
            .FromFileInput(socket.Address, false, o => o.WithCustomArgument(source))
            .OutputToFile(Ffmpeg.FileArgument(path), true, o => o.WithCustomArgument(string.Join(' ', Arguments(layout, layout.CutsChroma(width, height)))));
        try
        {
            await Ffmpeg.RunAsync(processor, "encoding", socket, watch, cancellationToken).ConfigureAwait(false);
            if (spatial?.Boxes() is { Length: > 0 } boxes)
                SampleEntry.Append(path, boxes);
        }
        catch (FfmpegFailedException e)
        {
            throw VfiException.Failed($"encoding with {settings.Encoder.Name} failed: {e.Reason}", e);
        }
    }

    /// <summary>Ticks a second: whole ticks a frame, and fine enough for the offset to the audio.</summary>
    internal static long Timescale(Rational fps) => fps.Numerator * Math.Max(1, (new Rational(90_000) / fps.Numerator).Ceiling());

    private IEnumerable<string> Arguments(PixelLayout layout, bool cutsChroma)
    {
        // Tags travel on the frames (setparams): as encoder options alone they could ask for a conversion.
        List<string> tags = [];
        if ((colour.Range ?? (layout.IsFullRangeByName ? "pc" : null)) is { } range)
            tags.Add($"range={range}");
        if (colour.Primaries is { } primaries)
            tags.Add($"color_primaries={primaries}");
        if (colour.Transfer is { } transfer)
            tags.Add($"color_trc={transfer}");
        if (colour.Matrix is { } matrix)
            tags.Add($"colorspace={matrix}");
        List<string> filters = [];
        if (tags.Count > 0)
            filters.Add("setparams=" + string.Join(':', tags));
        if (sampleAspectRatio is { } aspect)
            filters.Add($"setsar=r={aspect.Replace(':', '/')}:max={int.MaxValue}");
        yield return Ffmpeg.Quiet;
        if (filters.Count > 0)
            yield return $"-vf {Ffmpeg.Quote(string.Join(',', filters))}";
        yield return $"-c:v {settings.Encoder.Name} -pix_fmt {settings.PixelFormat} -fps_mode passthrough";
        if (colour.ChromaLocation is { } location && layout.ShiftX > 0)
            yield return $"-chroma_sample_location {location}";
        foreach (var argument in settings.Encoder.QualityArguments(settings.Quality, settings.Preset, cutsChroma))
            yield return argument;
        foreach (var argument in settings.Encoder.PrivateArguments(colour, settings.Quality))
            yield return Ffmpeg.Quote(argument);
        // Always said: an encoder's own choice is another number, and the number of threads shows in the pictures.
        yield return $"-threads {threads.ToString(CultureInfo.InvariantCulture)}";
        yield return $"-video_track_timescale {Timescale(fps)} -f {settings.Encoder.ChunkFormat}";
    }

    private static async Task WriteAsync(
        Stream stream, ChannelReader<VideoFrame> input, Action onFrame, SilenceWatch watch, CancellationToken cancellationToken)
    {
        watch.Paused = true;
        await foreach (var frame in input.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            watch.Paused = false;
            try
            {
                await stream.WriteAsync(frame.Memory, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                frame.Release();
            }
            onFrame();
            watch.Paused = true;
        }
        watch.Paused = false;
    }
}
