using System.Globalization;
using Vfi.Pipeline.Chunks;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline;

/// <summary>Everything that is decided about a conversion before its first frame.</summary>
/// <param name="Options">What the user asked for.</param>
/// <param name="Media">The source.</param>
/// <param name="Index">When its frames are shown.</param>
/// <param name="Source">The same in seconds; of fields, where those become frames.</param>
/// <param name="Timeline">When the output's frames are shown.</param>
/// <param name="Pixels">From the decoder's pixels to the frames'.</param>
/// <param name="Encoder">With its quality.</param>
/// <param name="Container">Of the output.</param>
/// <param name="Streams">What becomes of everything else in the source.</param>
/// <param name="Interpolators">The model.</param>
/// <param name="Hardware">What decodes, in ffmpeg's name; null: the CPU.</param>
/// <param name="FfmpegMajor">ffmpeg's major version.</param>
/// <param name="Output">The output's path.</param>
internal sealed record Decisions(
    ConversionOptions Options, MediaInfo Media, PacketIndex Index, SourceTimeline Source, OutputTimeline Timeline, PixelConversion Pixels,
    EncoderSettings Encoder, Container Container, StreamPlan Streams, InterpolatorFactory Interpolators, string? Hardware, int FfmpegMajor, string Output)
{
    public string WorkFolder => Options.WorkFolder ?? Path.Combine(Path.GetDirectoryName(Output)!, HiddenName.Of(Path.GetFileName(Output), ".", ".vfi"));

    /// <summary>The display matrix cannot be carried (ffmpeg writes none that mirrors): the picture itself is turned.</summary>
    public bool TurnsPicture => Media.Video.IsMirrored || (Media.Video.Rotation != 0 && !Container.Rotation);

    /// <summary>What makes whole pictures of the decoder's frames; null: they are.</summary>
    public string? ScanFilter => Vfi.Pipeline.Media.ScanFilter.Of(Media.Video, Options.Deinterlace, Source);

    /// <summary>Which repeated frames are bridged.</summary>
    public Repeats Repeats => Interpolators.IsHold || (Options.Repeats.OnlyMany && Timeline.Fps <= Source.Rate) ? Repeats.None : Options.Repeats;

    private bool SwapsSides => TurnsPicture && Media.Video.Rotation % 180 == 90;

    public int Width => SwapsSides ? Media.Video.Height : Media.Video.Width;

    public int Height => SwapsSides ? Media.Video.Width : Media.Video.Height;

    public string? SampleAspectRatio => SwapsSides && Media.Video.SampleAspectRatio?.Split(':') is [var x, var y] ? $"{y}:{x}" : Media.Video.SampleAspectRatio;

    public int Threads => Options.Threads ?? Environment.ProcessorCount;

    /// <exception cref="VfiException">Options and source do not fit, or the model cannot be used.</exception>
    public static async Task<Decisions> TakeAsync(
        ConversionOptions options, ModelCatalogue catalogue, MediaInfo media, PacketIndex index, SourceTimeline source, OutputTimeline timeline,
        int ffmpegMajor, CancellationToken cancellationToken)
    {
        var layout = PixelLayout.Nearest(media.Video.PixelFormat, out _);
        var (encoder, fed) = await EncoderChoice.ChooseAsync(
            options.Encoder, options.Output is null ? null : Container.Find(options.Output), layout, media.Video.Width, media.Video.Height, options.PixelFormat, options.Crf, options.Preset, cancellationToken).ConfigureAwait(false);
        var output = OutputPath.Resolve(options, timeline.Fps, encoder.Encoder);
        var container = Container.For(output, encoder.Encoder);
        var pixels = PixelConversion.Plan(media.Video, fed == layout ? null : fed);
        var interpolators = InterpolatorFactory.Open(catalogue, options.Model, options.Provider);
        var streams = StreamPlan.Create(media, container, encoder.Encoder, media.Video.HasCaptions);
        await AudioTrial.RequireAsync(media, streams, cancellationToken).ConfigureAwait(false);
        var hardware = await HardwareDecoding.ChooseAsync(options.HardwareDecoding, media, cancellationToken).ConfigureAwait(false);
        return new Decisions(options, media, index, source, timeline, pixels, encoder, container, streams, interpolators, hardware, ffmpegMajor, output);
    }

    /// <summary>What earlier chunks must have been made from to be of use.</summary>
    /// <param name="inference">How the model is to run.</param>
    public ChunkManifest Identity(InferenceOptions inference) => new()
    {
        Input = InputIdentity.Of(Media.Path, Index),
        Options = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["version"] = VideoConverter.Version,
            ["fps"] = Timeline.Fps.ToString(),
            ["frames"] = Timeline.FrameCount.ToString(CultureInfo.InvariantCulture),
            ["model"] = Interpolators.Identity(inference),
            ["motion-scale"] = Options.MotionSize.ToString(),
            ["encoder"] = Encoder.Encoder.Name,
            ["crf"] = Encoder.Quality?.ToString(CultureInfo.InvariantCulture) ?? "default",
            ["preset"] = Encoder.Preset ?? "default",
            ["pixel-format"] = Pixels.Layout.Name,
            ["scene-cut"] = Options.SceneCut.ToString("R", CultureInfo.InvariantCulture),
            ["still"] = Options.Still.ToString("R", CultureInfo.InvariantCulture),
            ["repeats"] = Options.Repeats.ToString(),
            ["deinterlace"] = ScanFilter ?? "no",
            ["chunk-seconds"] = Options.ChunkSeconds.ToString(),
            ["tolerate-damage"] = Options.TolerateDamage ? "yes" : "no",
            ["turned"] = TurnsPicture ? "yes" : "no",
        },
    };
}
