using System.Globalization;
using System.Text;
using FFMpegCore;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>Joins chunks into one video and adds everything else of the source.</summary>
internal sealed class Muxer(MediaInfo media, SourceTimeline source, OutputTimeline output, ColourDescription colour, Container container, StreamPlan streams)
{
    /// <summary>What ffmpeg says of a packet that a filter of ours does not take.</summary>
    private const string PacketLeftOut = "Error applying bitstream filters";

    /// <param name="chunks">Files in order with the frames that each holds.</param>
    /// <param name="listPath">Where the list for ffmpeg's concat demuxer is written: in the chunks' folder, where <see cref="Captions.FileName"/> is, too.</param>
    /// <param name="path">Overwritten.</param>
    /// <param name="name">The output's final path, for messages.</param>
    /// <param name="rotation">Degrees counter-clockwise for the display matrix.</param>
    /// <param name="ffmpegMajor">Decides how a display matrix is asked for.</param>
    /// <param name="observer">Told what was left out.</param>
    /// <param name="cancellationToken">Kills ffmpeg.</param>
    /// <exception cref="VfiException">ffmpeg failed; the chunks are untouched (failed).</exception>
    public async Task RunAsync(
        IEnumerable<(string File, long Frames)> chunks, string listPath, string path, string name, int rotation, int ffmpegMajor, IConversionObserver observer,
        CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(listPath, List(chunks), cancellationToken).ConfigureAwait(false);
        var folder = Path.GetDirectoryName(listPath)!;
        foreach (var cover in streams.Covers)
            await ExtractAsync(cover, Path.Combine(folder, cover.FileName), cancellationToken).ConfigureAwait(false);
        // All inputs are moved to the start of the source's container here (-copyts): left to itself, ffmpeg starts transport streams at the earliest stream
        // that it is told to use, and takes out gaps, while the video, which comes from elsewhere, keeps its place. The microsecond is
        // because ffmpeg 5 does so nevertheless where the offset is exactly the start; files with chapters, which would show it, do not need it.
        static string Shift(Rational seconds) => string.Create(CultureInfo.InvariantCulture, $"-itsoffset {seconds.Value:0.000000}");
        var video = Shift(source.Start * source.TimeBase - media.Start);
        var others = Shift((media.IsSeekable ? Rational.Zero : new Rational(1, 1_000_000)) - media.Start);
        var turn = rotation != 0 && ffmpegMajor >= 6 ? $" -display_rotation {rotation}" : "";
        // The concat demuxer looks for chunks beside the list's URL, which it cuts at # and ?: a list without a folder has neither.
        var inputs = FFMpegArguments
            .FromFileInput("file:" + Path.GetFileName(listPath), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} {Ffmpeg.SafeInput} -copyts {video}{turn} -f concat"))
            .AddFileInput(Ffmpeg.FileArgument(media.Path), false, o => o.WithCustomArgument($"{media.InputOptions} {others}"));
        if (streams.HasCaptions)
            inputs = inputs.AddFileInput(Captions.FileName, false, o => o.WithCustomArgument($"{Ffmpeg.SafeInput} {video}"));
        var processor = inputs.OutputToFile(Ffmpeg.FileArgument(path), true, o => o.WithCustomArgument(string.Join(' ', Arguments(folder, rotation, ffmpegMajor))));
        try
        {
            var complaints = await Ffmpeg.RunAsync(processor, "joining", null, cancellationToken, folder).ConfigureAwait(false);
            if (complaints.Any(c => c.Contains(PacketLeftOut, StringComparison.Ordinal)))
                observer.Note($"audio: packets of the source that cannot be read were left out ({complaints.FirstOrDefault(c => c.StartsWith("aac_", StringComparison.Ordinal)) ?? PacketLeftOut})");
        }
        catch (FfmpegFailedException e)
        {
            throw VfiException.Failed($"{name}: joining video, audio and subtitles failed: {e.Reason}; the finished chunks are kept", e);
        }
    }

    /// <summary>
    /// Each chunk starts at a whole number of microseconds, the concat demuxer's unit: durations are differences of
    /// rounded starts, so that no error adds up, and the rounding to the output's time base restores exact times.
    /// </summary>
    internal string List(IEnumerable<(string File, long Frames)> chunks)
    {
        var list = new StringBuilder("ffconcat version 1.0\n");
        long frame = 0;
        foreach (var (file, frames) in chunks)
        {
            var start = (output.TimeOf(frame) * 1_000_000).Round();
            var end = (output.TimeOf(frame + frames) * 1_000_000).Round();
            frame += frames;
            list.Append(CultureInfo.InvariantCulture, $"file {file}\nduration {(end - start) / 1_000_000}.{(end - start) % 1_000_000:D6}\n");
        }
        return list.ToString();
    }

    private async Task ExtractAsync(Cover cover, string path, CancellationToken cancellationToken)
    {
        var processor = FFMpegArguments
            .FromFileInput(Ffmpeg.FileArgument(media.Path), false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} {Ffmpeg.SafeInput}"))
            .OutputToFile(Ffmpeg.FileArgument(path), true, o => o.WithCustomArgument($"-map 0:{cover.Stream} -c copy -frames:v 1 -f image2 -update 1"));
        try
        {
            await Ffmpeg.RunAsync(processor, "extracting the cover", null, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegFailedException e)
        {
            throw VfiException.Failed($"{media.Path}: the cover picture cannot be read: {e.Reason}; the finished chunks are kept", e);
        }
    }

    private IEnumerable<string> Arguments(string folder, int rotation, int ffmpegMajor)
    {
        foreach (var cover in streams.Covers)
            yield return $"-attach {Ffmpeg.Quote(Path.Combine(folder, cover.FileName))}";
        foreach (var argument in streams.Arguments)
            yield return argument;
        yield return "-map_metadata 1";
        // They tell what kind of MP4 the source was.
        yield return "-metadata major_brand= -metadata minor_version= -metadata compatible_brands=";
        foreach (var (name, value) in container.Muxer == "mpegts" ? media.ServiceTags : [])
            yield return $"-metadata {Ffmpeg.Quote($"{name}={value}")}";
        if (container.Chapters)
            yield return "-map_chapters 1";
        if (rotation != 0 && ffmpegMajor < 6)
            yield return $"-metadata:s:v:0 rotate={rotation}";
        foreach (var argument in ColourArguments())
            yield return argument;
        // What Google defined is not the standard's.
        if (container.Spatial && media.Video.Spatial is not null)
            yield return "-strict unofficial";
        yield return "-max_muxing_queue_size 4096 -max_interleave_delta 0";
        if (container.IsMovFamily)
            yield return $"-video_track_timescale {FrameWriter.Timescale(output.Fps)} -movflags +faststart{(streams.VendorTags ? "+use_metadata_tags" : "")}";
        yield return $"-f {container.Muxer}";
    }

    /// <summary>The colour once more: chunks of codecs that say nothing of it themselves (FFV1 in QuickTime) do not bring all of it.</summary>
    private IEnumerable<string> ColourArguments()
    {
        if (colour.Range is { } range)
            yield return $"-color_range:v:0 {range}";
        if (colour.Primaries is { } primaries)
            yield return $"-color_primaries:v:0 {primaries}";
        // Encoders' options have other names for these than ffprobe and filters.
        if (colour.Transfer is { } transfer)
            yield return $"-color_trc:v:0 {transfer switch { "bt470m" => "gamma22", "bt470bg" => "gamma28", _ => transfer }}";
        if (colour.Matrix is { } matrix)
            yield return $"-colorspace:v:0 {(matrix == "gbr" ? "rgb" : matrix)}";
        if (colour.ChromaLocation is { } location)
            yield return $"-chroma_sample_location:v:0 {location}";
    }
}
