using System.Globalization;
using System.Threading.Channels;
using FFMpegCore;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>Decodes a range of the video into frames with their exact times.</summary>
/// <param name="media">The source.</param>
/// <param name="index">Its packets.</param>
/// <param name="timeline">Its timeline.</param>
/// <param name="options">How to decode.</param>
/// <param name="context">So many frames more at both ends of what is asked for, where there are any.</param>
/// <param name="pool">Where frames come from; its size and layout are those of the conversion.</param>
internal sealed class FrameReader(
    MediaInfo media, PacketIndex index, SourceTimeline timeline, DecodeOptions options, int context, FramePool pool)
{
    /// <summary>NUT has no negative timestamps. 1001 s is a whole number of ticks in every usual time base, NTSC's too.</summary>
    private const int NegativeStartShift = 1001;

    /// <summary>What ffmpeg's filter crop says of a size of 0.</summary>
    private const string OtherSize = "Invalid too big or non positive size";

    /// <summary>Frames that the file announces and the decoder did not give: passed over with <see cref="DecodeOptions.TolerateDamage"/>.</summary>
    public int MissingFrames { get; private set; }

    /// <summary>What the decoder complained about, the first line. Where decoding began in the middle, it may mean nothing.</summary>
    public string? Complaint { get; private set; }

    /// <summary>Whether decoding began at the file's beginning.</summary>
    public bool IsFromStart { get; private set; }

    /// <summary>
    /// Writes all frames from the one shown at <paramref name="from"/> to the first at or after <paramref name="to"/>
    /// (or the last). The reader of the channel owns them. Does not complete the channel.
    /// </summary>
    /// <param name="from">Seconds after the first frame.</param>
    /// <param name="to">Seconds after the first frame; null: to the end.</param>
    /// <param name="output">Gets the frames.</param>
    /// <param name="cancellationToken">Stops decoding.</param>
    /// <exception cref="VfiException">Fewer frames than announced, a changed size, or a decoder that fails (bad input).</exception>
    public async Task RunAsync(Rational from, Rational? to, ChannelWriter<VideoFrame> output, CancellationToken cancellationToken)
    {
        var fromPts = index.Pts[Math.Max(0, LastUntil(from) - context)];
        if (to is { } last && context > 0)
            to = LastUntil(last) + 1 + context is var k && k < index.Pts.Count ? timeline.TimeOf(index.Pts[k]) : null;
        var seek = media.IsSeekable && options.MayDecodeFromKeyframes ? index.SeekPoint(fromPts) : null;
        IsFromStart = seek is null;
        using var watch = new SilenceWatch(SilenceWatch.Usual);
        var sink = new Sink(media.Path, timeline, pool, fromPts, to, output, watch);
        using var socket = FfmpegSocket.ForOutput(sink.ReadAsync);
        var processor = FFMpegArguments
            .FromFileInput(Ffmpeg.FileArgument(media.Path), false, o => o.WithCustomArgument(InputArguments(seek)))
            .OutputToFile(socket.Address, true, o => o.WithCustomArgument(OutputArguments()));
        try
        {
            var lines = await Ffmpeg.RunAsync(processor, "decoding", socket, watch, cancellationToken).ConfigureAwait(false);
            Complaint = Ffmpeg.Complaint(lines);
        }
        catch (EnoughException)
        {
            return;
        }
        catch (FfmpegFailedException e)
        {
            if (e.Lines.Any(l => l.Contains(OtherSize, StringComparison.Ordinal)))
                throw SizeChanges(media.Path, pool, sink.Count, e);
            if (e.IsUnexplained)
                throw VfiException.Failed($"{media.Path}: decoding stopped after {sink.Count} frames: {e.Reason}; run the same command again", e);
            if (!options.TolerateDamage || sink.Count == 0)
                throw VfiException.BadInput($"{media.Path}: decoding stopped after {sink.Count} frames: {e.Reason}", e);
            Complaint = e.Reason;
        }
        Check(sink, fromPts);
    }

    private void Check(Sink sink, long fromPts)
    {
        if (sink.IsTruncated)
            throw VfiException.Failed($"{media.Path}: the decoder's output ended within frame {sink.Count + 1}; try again");
        if (sink.Count == 0)
            throw VfiException.BadInput($"{media.Path}: not one frame could be decoded{(Complaint is null ? "" : $" ({Complaint})")}");
        MissingFrames = index.Pts.Count(p => p >= fromPts) - sink.Count;
        if (MissingFrames > 0 && !options.TolerateDamage)
            throw DamageCheck.TooFewFrames(media, sink.Count, sink.Count + MissingFrames, Complaint);
    }

    /// <summary>Which is the last frame at or before a time.</summary>
    private int LastUntil(Rational time)
    {
        var found = 0;
        int low = 0, high = index.Pts.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (timeline.TimeOf(index.Pts[middle]) - timeline.Tolerance <= time)
                (found, low) = (middle, middle + 1);
            else
                high = middle - 1;
        }
        return found;
    }

    private string InputArguments(long? seek)
    {
        var at = seek is null ? "" : string.Create(CultureInfo.InvariantCulture,
            $" -seek_timestamp 1 -noaccurate_seek -ss {(seek.Value * timeline.TimeBase).Value:0.000000}");
        var hardware = options.HardwareAcceleration is { } h ? $" -hwaccel {h}" : "";
        var threads = options.Threads is { } t ? $" -threads {t.ToString(CultureInfo.InvariantCulture)}" : "";
        var whole = media.Video.Cropping?.IsFfmpegs == true ? " -apply_cropping codec" : "";
        return $"{Ffmpeg.Quiet} {Ffmpeg.SafeInput} -copyts{at}{hardware}{threads}{(options.Rotate ? "" : " -noautorotate")}{whole}";
    }

    /// <summary>A filter that does nothing but fail where the size is another: raw frames do not tell theirs, and turned ones have as many bytes.</summary>
    public static string SizeFilter(int width, int height) =>
        string.Create(CultureInfo.InvariantCulture, $"crop=w='if(eq(iw,{width})*eq(ih,{height}),iw,0)':h=ih:x=0:y=0:exact=1");

    private string OutputArguments()
    {
        var hidden = (options.Rotate ? media.Video.Cropping?.Turned(media.Video.Matrix) : media.Video.Cropping) ?? new Cropping(0, 0, 0, 0);
        var (width, height) = (pool.Width + hidden.Left + hidden.Right, pool.Height + hidden.Top + hidden.Bottom);
        List<string> filters = [SizeFilter(width, height)];
        if (options.ScanFilter is { } whole)
            filters.Add(whole);
        // Behind what looks at fields, which begin with the picture's first row.
        if ((width, height) != (pool.Width, pool.Height))
            filters.Add(string.Create(CultureInfo.InvariantCulture, $"crop={pool.Width}:{pool.Height}:{hidden.Left}:{hidden.Top}:exact=1"));
        if (options.Conversion.Filter is { } convert)
            filters.Add(convert);
        var filter = $" -vf {Ffmpeg.Quote(string.Join(',', filters))}";
        var shift = timeline.Start < 0 ? $" -output_ts_offset {NegativeStartShift}" : "";
        return $"-map 0:{media.Video.Index}{filter} -noautoscale -c:v rawvideo -pix_fmt {options.Conversion.Layout.Name} -fps_mode passthrough " +
            $"{Ffmpeg.Ticks(timeline.TimeBase)}{shift} -map_metadata -1 -map_chapters -1 -f nut";
    }

    private static VfiException SizeChanges(string path, FramePool pool, int frames, Exception? inner) => VfiException.BadInput(
        $"{path}: the picture's size changes from {pool.Width}x{pool.Height} after about {frames} frames; split the file there, or make it one size first, with: ffmpeg -i IN -vf scale={pool.Width}:{pool.Height} -crf 10 -c:a copy OUT.mkv", inner);

    /// <summary>Everything that was needed has been read.</summary>
    private sealed class EnoughException : Exception;

    private sealed class Sink(
        string path, SourceTimeline timeline, FramePool pool, long fromPts, Rational? to, ChannelWriter<VideoFrame> output, SilenceWatch watch)
    {
        /// <summary>Frames from <c>fromPts</c> on.</summary>
        public int Count { get; private set; }

        /// <summary>The stream ended within a frame. When the decoder failed, its exit code and message say more.</summary>
        public bool IsTruncated { get; private set; }

        public async Task ReadAsync(Stream inputStream, CancellationToken cancellationToken)
        {
            try
            {
                await ReadFramesAsync(inputStream, cancellationToken).ConfigureAwait(false);
            }
            catch (EndOfStreamException)
            {
                IsTruncated = true;
            }
            catch (InvalidDataException e)
            {
                throw VfiException.Failed($"{path}: the decoder's output cannot be understood: {e.Message}", e);
            }
        }

        private async Task ReadFramesAsync(Stream inputStream, CancellationToken cancellationToken)
        {
            var nut = new NutReader(inputStream);
            var shift = timeline.Start < 0 ? NegativeStartShift : 0;
            while (await nut.NextFrameAsync(cancellationToken).ConfigureAwait(false) is { } header)
            {
                watch.Life();
                var frame = pool.Rent();
                try
                {
                    if (header.Size != frame.ByteCount)
                    {
                        throw SizeChanges(path, pool, Count, null);
                    }
                    await nut.ReadDataAsync(frame.Memory, cancellationToken).ConfigureAwait(false);
                    var seconds = header.Pts * new Rational(nut.TimeBase.Numerator, nut.TimeBase.Denominator) - shift;
                    var pts = (seconds / timeline.TimeBase).Round();
                    if (pts < fromPts)
                    {
                        frame.Release();
                        continue;
                    }
                    frame.Time = timeline.TimeOf(pts);
                    Count++;
                }
                catch
                {
                    frame.Release();
                    throw;
                }
                var time = frame.Time;
                watch.Paused = true;
                await output.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
                watch.Paused = false;
                if (to is { } end && time >= end)
                    throw new EnoughException();
            }
        }
    }
}

/// <summary>How the video is decoded.</summary>
/// <param name="Conversion">From the decoder's pixels to the frames'.</param>
internal sealed record DecodeOptions(PixelConversion Conversion)
{
    /// <summary>See <see cref="Media.ScanFilter"/>; null: none.</summary>
    public string? ScanFilter { get; init; }

    /// <summary>Turn the picture by its display matrix, for containers that cannot carry the matrix.</summary>
    public bool Rotate { get; init; }

    public bool TolerateDamage { get; init; }

    /// <summary>ffmpeg's name; null: none.</summary>
    public string? HardwareAcceleration { get; init; }

    public int? Threads { get; init; }

    /// <summary>Off for filters that look at earlier frames.</summary>
    public bool MayDecodeFromKeyframes => ScanFilter is null && !TolerateDamage;
}
