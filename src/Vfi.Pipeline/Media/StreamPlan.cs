using System.Globalization;

namespace Vfi.Pipeline.Media;

/// <summary>Which streams of the source go into the output and how, as ffmpeg options, and what is said about it.</summary>
/// <param name="Arguments">Maps, codecs, metadata and dispositions; input 0 is the new video, input 1 the source, input 2 its closed captions.</param>
/// <param name="Notes">What is converted or left out.</param>
/// <param name="VideoCount">Video streams of the output, covers included.</param>
/// <param name="AudioCount">Audio streams of the output.</param>
/// <param name="SubtitleCount">Subtitle streams of the output.</param>
/// <param name="ChapterCount">Chapters of the output, if all lie within it.</param>
/// <param name="Covers">Cover pictures that must be attached as files: where ffmpeg would make a video track of them.</param>
/// <param name="HasCaptions">Whether closed captions of the pictures' data become a track: see <see cref="Captions"/>.</param>
/// <param name="ReencodedAudio">Audio that the container cannot carry, and the encoders for it.</param>
/// <param name="VendorTags">Whether there are tags such as com.apple.quicktime.location.ISO6709, of phones and cameras: MP4 has another place for them than for titles,
/// artists and covers, and ffmpeg fills one of both.</param>
internal sealed record StreamPlan(
    IReadOnlyList<string> Arguments, IReadOnlyList<string> Notes, int VideoCount, int AudioCount, int SubtitleCount, int ChapterCount, IReadOnlyList<Cover> Covers, bool HasCaptions,
    IReadOnlyList<(MediaStream Stream, string Codec)> ReencodedAudio, bool VendorTags)
{
    private static readonly Dictionary<string, (string Extension, string MimeType)> Pictures = new()
    {
        ["mjpeg"] = ("jpg", "image/jpeg"),
        ["png"] = ("png", "image/png"),
        ["gif"] = ("gif", "image/gif"),
        ["tiff"] = ("tiff", "image/tiff"),
    };

    /// <param name="media">The source.</param>
    /// <param name="container">Of the output.</param>
    /// <param name="encoder">Of the video.</param>
    /// <param name="captions">Whether there are closed captions in the pictures' data.</param>
    public static StreamPlan Create(MediaInfo media, Container container, Encoder encoder, bool captions)
    {
        List<string> arguments = [], notes = [];
        List<Cover> covers = [];
        List<(MediaStream, string)> reencoded = [];
        Dictionary<string, int> counts = new() { ["video"] = 0, ["audio"] = 0, ["subtitle"] = 0, ["attachment"] = 0, ["data"] = 0 };
        var output = 0;

        void Add(MediaStream stream, string codec)
        {
            var main = stream.Index == media.Video.Index;
            var at = output.ToString(CultureInfo.InvariantCulture);
            arguments.Add(main ? "-map 0:v:0" : $"-map 1:{stream.Index}");
            arguments.Add(AudioEncoding.Options(codec, stream, at));
            arguments.Add($"-map_metadata:s:{at} 1:s:{stream.Index}");
            if (container.Muxer == "mov" && QuickTimeLanguages.InPlaceOf(stream.Language) is { } language)
                arguments.Add($"-metadata:s:{at} language={language}");
            if (main || stream.Dispositions.Count > 0)
                arguments.Add($"-disposition:{at} {(stream.Dispositions.Count == 0 ? "0" : string.Join('+', stream.Dispositions))}");
            counts[stream.Kind]++;
            output++;
        }

        foreach (var stream in media.Streams)
        {
            var label = $"{stream.Kind} stream {stream.Index}{(stream.Language is { } l ? $" ({l})" : "")}, {stream.Codec ?? (stream.CodecTag is { Length: > 0 } tag && tag.All(char.IsAsciiLetterOrDigit) ? tag : "unknown codec")}";
            if (stream.Index == media.Video.Index)
            {
                Add(stream, "copy");
                // The muxer names streams by codec and writes fresh statistics; the old ones would be wrong. Nor is there transparency any more.
                var at = (output - 1).ToString(CultureInfo.InvariantCulture);
                foreach (var stale in (string[])["encoder", "DURATION", "BPS", "BPS-eng", "NUMBER_OF_FRAMES", "NUMBER_OF_FRAMES-eng", "NUMBER_OF_BYTES", "NUMBER_OF_BYTES-eng", "DURATION-eng", "timecode", "rotate", "alpha_mode"])
                    arguments.Add($"-metadata:s:{at} {stale}=");
                if (encoder.Codec == "hevc" && container.IsMovFamily)
                    arguments.Add($"-tag:{at} hvc1");
            }
            else if (stream.IsOfOtherProgram)
            {
                notes.Add($"{label}: belongs to another program than the video that is converted; left out");
            }
            else if (stream.IsUnknown)
            {
                notes.Add($"{label}: is announced, but nothing of it was found; left out");
            }
            else if (stream.Kind == "video")
            {
                if (!stream.IsCover)
                    notes.Add($"{label}: only the main video is converted; this one is left out");
                else if (!container.Covers.Contains(stream.Codec))
                    notes.Add($"{label}: {container.Name} cannot carry it as a cover; left out");
                else if (container.Muxer == "matroska" && Pictures[stream.Codec!] is var picture)
                    covers.Add(new Cover(stream.Index, $"cover{(covers.Count == 0 ? "" : covers.Count + 1)}.{picture.Extension}", picture.MimeType));
                else
                    Add(stream, "copy");
            }
            else if (stream.Kind == "audio")
            {
                AddAudio(stream, label);
            }
            else if (stream.Kind == "subtitle")
            {
                AddSubtitle(stream, label);
            }
            else if (stream.Kind == "attachment")
            {
                if (container.Attachments)
                    Add(stream, "copy");
                else
                    notes.Add($"{label}: {container.Name} cannot carry attachments; left out");
            }
            else if (stream.CodecTag is not ("tmcd" or "text" or "mp4s"))
            {
                notes.Add($"{label}: data streams are left out");
            }
        }

        void AddAudio(MediaStream stream, string label)
        {
            if (stream.Codec is null)
            {
                notes.Add($"{label}: ffmpeg does not know it; left out");
                return;
            }
            var codec = container.AudioCodec(stream);
            if (codec != "copy")
            {
                notes.Add(stream.IsCut ? $"{label}: its edit list leaves out parts that would be heard in a copy; re-encoded to {codec}"
                    : $"{label}: {container.Name} cannot carry it; re-encoded to {codec}{Hint(stream)}");
                reencoded.Add((stream, codec));
            }
            Add(stream, codec);
            List<string> filters = [];
            // The muxers put this filter in themselves where it is needed, but then one packet that it cannot read, as recordings off the air have, ends
            // everything; put in here, it leaves that packet out.
            if (codec == "copy" && stream.Codec == "aac" && container.Muxer != "mpegts")
                filters.Add("aac_adtstoasc");
            // What an edit list hides, as phones that cut without loss write it, would be heard where there are none. The packet or two before are what
            // decoders begin with; where durations are not told, none.
            if (codec == "copy" && media.IsMovFamily && !container.IsMovFamily)
                filters.Add("noise=amount=0:drop='lt((pts+2*d)*tb,0)'");
            if (filters.Count > 0)
                arguments.Add($"-bsf:{output - 1} {Ffmpeg.Quote(string.Join(',', filters))}");
        }

        void AddSubtitle(MediaStream stream, string label)
        {
            if (stream.Codec is null || container.SubtitleCodec(stream.Codec) is not { } codec)
            {
                notes.Add($"{label}: {container.Name} cannot carry it; left out{Hint(stream)}");
                return;
            }
            if (codec != "copy")
                notes.Add($"{label}: converted to {codec} for {container.Name}");
            Add(stream, codec);
        }

        static string Hint(MediaStream stream) => Container.Keeper(stream.Kind, stream.Codec ?? "") is { } ending ? $" (an output ending in {ending} would keep it)" : "";

        if (media.Chapters > 0 && !container.Chapters)
            notes.Add($"{media.Chapters} chapters: {container.Name} cannot carry them; left out (an output ending in .mkv would keep them)");
        if (captions && container.Captions is null)
        {
            notes.Add($"closed captions in the pictures' data: {container.Name} cannot carry the track that they would become; left out (an output ending in .mkv would keep them)");
            captions = false;
        }
        if (captions)
        {
            arguments.Add($"-map 2:s:0 -c:{output} {container.Captions} -metadata:s:{output} title=\"Closed captions\" -disposition:{output} hearing_impaired");
            counts["subtitle"]++;
            output++;
        }
        var vendorTag = container.IsMovFamily ? media.Tags.FirstOrDefault(t => t.StartsWith("com.", StringComparison.OrdinalIgnoreCase)) : null;
        if (vendorTag is not null && counts["video"] > 1)
        {
            notes.Add($"tags such as {vendorTag}: {container.Name} cannot carry them beside a cover; left out (an output ending in .mkv would keep both)");
            vendorTag = null;
        }
        foreach (var cover in covers)
        {
            var at = (output++).ToString(CultureInfo.InvariantCulture);
            arguments.Add($"-metadata:s:{at} mimetype={cover.MimeType} -metadata:s:{at} filename={cover.FileName}");
        }
        return new StreamPlan(arguments, notes, counts["video"] + covers.Count, counts["audio"], counts["subtitle"], container.Chapters ? media.Chapters : 0, covers, captions, reencoded, vendorTag is not null);
    }
}

/// <summary>A cover picture that is attached as a file.</summary>
/// <param name="Stream">Index of its stream in the source.</param>
/// <param name="FileName">Its name in the work folder and in the output.</param>
/// <param name="MimeType">Such as image/jpeg.</param>
internal sealed record Cover(int Stream, string FileName, string MimeType);
