using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>What is in a media file, as far as a conversion needs it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format">ffmpeg's demuxer name(s), such as <c>mov,mp4,m4a,3gp,3g2,mj2</c>.</param>
/// <param name="Start">The container's start time in seconds: ffmpeg shifts all streams by it.</param>
/// <param name="Duration">Seconds, as the container says; 0: it does not say.</param>
/// <param name="Video">The main video stream.</param>
/// <param name="Streams">All streams in order, the main video included.</param>
public sealed record MediaInfo(
    string Path, string Format, Rational Start, Rational Duration, VideoStream Video, IReadOnlyList<MediaStream> Streams)
{
    /// <summary>Whether the file only names others that hold the video: playlists and lists of ffmpeg's.</summary>
    public bool IsPlaylist => Format is "hls" or "dash" or "concat" or "imf" or "sdp" or "webm_dash_manifest";

    /// <summary>Options for ffmpeg and ffprobe to look further into a file before they say what its streams are.</summary>
    internal const string Patience = "-probesize 200M -analyzeduration 200M";

    /// <summary>Whether the file was read with <see cref="Patience"/>, and is to be so wherever all of its streams matter.</summary>
    public bool NeedsPatience { get; init; }

    /// <summary>For inputs of ffmpeg.</summary>
    internal string InputOptions => NeedsPatience ? $"{Ffmpeg.SafeInput} {Patience}" : Ffmpeg.SafeInput;

    /// <summary>How many chapters there are.</summary>
    public int Chapters { get; init; }

    /// <summary>Names of the container's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What a transport stream calls the main video's program: <c>service_name</c>, <c>service_provider</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ServiceTags { get; init; } = [];

    /// <summary>MP4, QuickTime and their like.</summary>
    public bool IsMovFamily => Format.Contains("mp4", StringComparison.Ordinal);

    /// <summary>Matroska and WebM.</summary>
    public bool IsMatroska => Format.Contains("matroska", StringComparison.Ordinal);

    /// <summary>Whether decoding may start at a keyframe and still give the same frames with the same timestamps.</summary>
    public bool IsSeekable => IsMovFamily || IsMatroska;
}

/// <summary>Any stream.</summary>
/// <param name="Index">In the file.</param>
/// <param name="Kind">video, audio, subtitle, attachment or data.</param>
/// <param name="Codec">ffmpeg's codec name; null: unknown.</param>
/// <param name="CodecTag">The container's tag, such as <c>tmcd</c>.</param>
/// <param name="Language">Its language tag, or null.</param>
/// <param name="IsCover">A cover picture.</param>
/// <param name="Dispositions">Names of the dispositions that are set.</param>
public sealed record MediaStream(
    int Index, string Kind, string? Codec, string? CodecTag, string? Language, bool IsCover, IReadOnlyList<string> Dispositions)
{
    /// <summary>Whether it belongs to another program than the main video: another channel of a broadcast.</summary>
    public bool IsOfOtherProgram { get; init; }

    /// <summary>The container's number for it; 0: it has none.</summary>
    public int TrackId { get; init; }

    /// <summary>Whether an edit list leaves out parts within it.</summary>
    public bool IsCut { get; init; }

    /// <summary>Of audio; 0: not told.</summary>
    public int Channels { get; init; }

    /// <summary>Of audio, ffmpeg's name; null: not told.</summary>
    public string? ChannelLayout { get; init; }

    /// <summary>Audio of which nothing was found: announced by a table, and not there.</summary>
    public bool IsUnknown { get; init; }
}

/// <summary>The video stream that is converted.</summary>
/// <param name="Index">In the file.</param>
/// <param name="Codec">ffmpeg's codec name.</param>
/// <param name="Width">Of what is shown.</param>
/// <param name="Height">As <paramref name="Width"/>.</param>
/// <param name="PixelFormat">ffmpeg's name.</param>
/// <param name="TimeBase">Seconds per tick.</param>
/// <param name="Rates">Claimed rates: average, then base.</param>
/// <param name="AnnouncedFrames">Frames that the container's header claims, or 0.</param>
/// <param name="AnnouncedDuration">Seconds that the container's header or tags claim for this stream, or 0.</param>
/// <param name="Colour">The colour description.</param>
/// <param name="SampleAspectRatio">Such as <c>4:3</c>; null: square or not told.</param>
/// <param name="Rotation">Degrees counter-clockwise by the display matrix: 0, 90, 180, 270 or other.</param>
/// <param name="Scan">Whether frames hold two fields: at first as marked, see <see cref="ScanDecision"/>.</param>
/// <param name="HasAlphaBeside">Transparency lies beside the pictures, as of VP8 and VP9, where the decoder does not look.</param>
/// <param name="HasCaptions">Closed captions (CEA-608 and 708, ATSC A/53 part 4) lie in the pictures' data.</param>
/// <param name="FrameMetadata">Names of HDR metadata that differ from frame to frame, which new frames cannot have: Dolby Vision, HDR10+, HDR Vivid; null: none.</param>
/// <param name="Spatial">How the picture lies in space; null: nothing is told.</param>
public sealed record VideoStream(
    int Index,
    string Codec,
    int Width,
    int Height,
    string PixelFormat,
    Rational TimeBase,
    IReadOnlyList<Rational> Rates,
    int AnnouncedFrames,
    Rational AnnouncedDuration,
    ColourDescription Colour,
    string? SampleAspectRatio,
    int Rotation,
    Scan Scan,
    bool HasAlphaBeside = false,
    bool HasCaptions = false,
    string? FrameMetadata = null,
    SpatialLayout? Spatial = null)
{
    /// <summary>Its frames hold two fields of different times.</summary>
    public bool IsInterlaced => Scan is Scan.Interlaced or Scan.Flagged;

    /// <summary>Nothing says that it is interlaced, and it has no more lines than interlaced formats.</summary>
    public bool MayHideFields => Scan == Scan.Progressive && Height <= PictureScan.MostLines;

    /// <summary>Of interlaced frames.</summary>
    public FieldOrder FieldOrder { get; init; }

    /// <summary>What its container hides of it: not counted in width and height; null: nothing.</summary>
    public Cropping? Cropping { get; init; }

    public DisplayMatrix Matrix { get; init; } = DisplayMatrix.Upright;

    public bool IsMirrored => Matrix.IsMirrored;

    /// <summary>Without the borders that its container hides.</summary>
    internal VideoStream Without(Cropping? borders) =>
        borders?.Within(Width, Height, PixelLayout.Nearest(PixelFormat, out _)) is not { } hidden ? this : this with
        {
            Width = Width - hidden.Left - hidden.Right,
            Height = Height - hidden.Top - hidden.Bottom,
            Cropping = hidden,
            SampleAspectRatio = hidden.PixelShape is not { } shape ? SampleAspectRatio : shape == new Rational(1, 1) ? null : $"{shape.Numerator}:{shape.Denominator}",
        };

    /// <summary>Its fields as frames: see <see cref="PacketIndex.Fields"/>.</summary>
    public VideoStream Fields() => this with { TimeBase = TimeBase / 2, Rates = [.. Rates.Select(r => 2 * r)] };

    /// <summary>The film in it, in ticks of which the video's and the film's frames are whole numbers: see <see cref="PacketIndex.Film"/>.</summary>
    /// <param name="rate">Of the video.</param>
    public VideoStream Film(Rational rate) => this with { TimeBase = Rational.CommonUnit(TimeBase, 1 / Telecine.Rate(rate)), Rates = [Telecine.Rate(rate)] };
}
