using System.Globalization;

namespace Vfi.Tests;

public sealed class PassthroughTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Matroska_keeps_tracks_languages_dispositions_chapters_attachments_and_titles()
    {
        var source = Rich();
        var output = _folder.File("out.mkv");
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        foreach (var stream in (string[])["a:0", "a:1", "s:0", "s:1", "t:0"])
        {
            const string entries = "stream=codec_name:stream_tags=language,title,filename,mimetype:stream_disposition=default,forced,comment";
            Assert.Equal(Tool.Probe(source, entries, stream), Tool.Probe(output, entries, stream));
        }
        foreach (var map in (string[])["0:a:0", "0:a:1", "0:s:0", "0:s:1"])
            Assert.Equal(Packets(source, map), Packets(output, map));
        Assert.Equal(Chapters(source), Chapters(output));
        Assert.Contains("Part two", Chapters(output), StringComparison.Ordinal);
        Assert.Equal("A title", Tool.Probe(output, "format_tags=title"));
        Assert.Equal("eng", Tool.Probe(output, "stream_tags=language"));
    }

    [Fact]
    public void MP4_gets_what_it_can_carry_and_the_rest_is_said()
    {
        var source = Rich();
        var output = _folder.File("out.mp4");
        var (exit, log, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--preset", "ultrafast", "--json");
        Assert.True(exit == 0, errors);
        Assert.Equal("aac\nalac", string.Join('\n', Tool.Probe(output, "stream=codec_name", "a")));
        Assert.Equal("mov_text\nmov_text", Tool.Probe(output, "stream=codec_name", "s"));
        Assert.Contains("attachments; left out", log, StringComparison.Ordinal);
        Assert.Contains("converted to mov_text", log, StringComparison.Ordinal);
        Assert.Equal(Packets(source, "0:a:0").Split('\n').Length, Packets(output, "0:a:0").Split('\n').Length);
        Assert.Contains("Part two", Chapters(output), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mov", "mov")]
    [InlineData("mov", "mp4")]
    [InlineData("mp4", "mp4")]
    [InlineData("mp4", "mkv")]
    public void What_a_phone_tells_of_a_recording_stays(string from, string to)
    {
        string source = _folder.File("in." + from), output = _folder.File("out." + to);
        string[] tags = ["com.apple.quicktime.make=Apple", "com.apple.quicktime.location.ISO6709=+37.33-122.03/", "com.apple.quicktime.creationdate=2024-05-01T10:00:00+0200", "title=A title"];
        Tool.Ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", "libx264", "-movflags", "use_metadata_tags", .. tags.SelectMany(t => (string[])["-metadata", t]), source]);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        var found = Tool.Run("ffprobe", "-v", "error", "-show_entries", "format_tags", "-of", "default=nw=1", output);
        Assert.All(tags, t => Assert.Contains("TAG:" + t, found, StringComparison.OrdinalIgnoreCase));
        if (to == "mkv")
            Assert.DoesNotContain("MAJOR_BRAND", found, StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_of_music_and_film_stay_where_players_look_for_them()
    {
        string source = _folder.File("in.mp4"), output = _folder.File("out.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", "libx264", "-metadata", "title=A title", "-metadata", "location=+37.33-122.03/", source);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        var file = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(output));
        Assert.Contains("©nam", file, StringComparison.Ordinal);
        Assert.Equal(Tool.Probe(source, "format_tags=location,title"), Tool.Probe(output, "format_tags=location,title"));
    }

    [Theory]
    [InlineData("pcm_bluray", "m2ts", "flac")]
    [InlineData("s302m", "ts", "flac")]
    [InlineData("pcm_f32be", "mov", "pcm_f32le")]
    public void Lossless_audio_that_Matroska_lacks_stays_lossless(string codec, string container, string expected)
    {
        string source = _folder.File("in." + container), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1:r=48000", "-c:v", "libx264", "-c:a", codec, "-ac", "2", "-strict", "-2", source);
        Assert.Equal(codec, Tool.Probe(source, "stream=codec_name", "a").Split('\n')[0]);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        Assert.Equal(expected, Tool.Probe(output, "stream=codec_name", "a"));
        string Samples(string path) => Tool.Ffmpeg("-i", path, "-map", "0:a", "-c:a", "pcm_f64le", "-f", "md5", "-");
        Assert.Equal(Samples(source), Samples(output));
    }

    [Fact]
    public void Of_several_programs_the_main_videos_alone_is_converted()
    {
        string source = _folder.File("in.ts"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1", "-f", "lavfi", "-i", "testsrc=s=96x64:r=25:d=1", "-f", "lavfi", "-i", "sine=f=880:d=1",
            "-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:v", "libx264", "-c:a", "mp2", "-program", "program_num=1:st=0:st=1", "-program", "program_num=2:st=2:st=3", source);
        var (exit, log, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--json");
        Assert.True(exit == 0, errors);
        Assert.Contains("audio stream 3, mp2: belongs to another program", log, StringComparison.Ordinal);
        string Contents(string path, string map) => Tool.Ffmpeg("-i", path, "-map", map, "-c", "copy", "-f", "md5", "-");
        Assert.Equal(Contents(source, "0:1"), Contents(output, "0:a"));
    }

    [Fact]
    public void A_transport_streams_service_keeps_its_name()
    {
        string source = _folder.File("in.ts"), output = _folder.File("out.ts");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", "libx264", "-metadata", "service_name=Das \"Erste\" \\ süd", "-metadata", "service_provider=ARD", source);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        string Service(string path) => Tool.Run("ffprobe", "-v", "error", "-show_entries", "program_tags", path);
        Assert.Contains("service_name=Das \"Erste\" \\ süd", Service(source), StringComparison.Ordinal);
        Assert.Equal(Service(source), Service(output));
    }

    [Fact]
    public void A_gap_in_a_transport_stream_is_one_in_the_video_and_in_the_audio()
    {
        string[] Part(string start, string name) => ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2", "-c:v", "libx264", "-c:a", "mp2", "-output_ts_offset", start, _folder.File(name)];
        Tool.Ffmpeg(Part("0", "a.ts"));
        Tool.Ffmpeg(Part("15", "b.ts"));
        File.WriteAllBytes(_folder.File("in.ts"), [.. File.ReadAllBytes(_folder.File("a.ts")), .. File.ReadAllBytes(_folder.File("b.ts"))]);
        VfiCommand.Convert(_folder.File("in.ts"), "-o", _folder.File("out.mkv"), "--model", "hold", "--preset", "ultrafast", "--out-fps", "25");
        double Last(string path) => Tool.Run("ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path).Split('\n').Select(l => l.Trim(',')).Where(l => l.Length > 0)
            .Max(l => double.Parse(l, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(Last(_folder.File("in.ts")) - Tool.Times(_folder.File("in.ts"))[0], Last(_folder.File("out.mkv")) - Tool.Times(_folder.File("out.mkv"))[0], 0.002);
        Assert.Equal(17, Tool.Times(_folder.File("out.mkv"))[^1] + 0.04, 0.1);
    }

    [Theory]
    [InlineData("mkv")]
    [InlineData("mp4")]
    public void A_damaged_packet_of_audio_is_left_out_and_does_not_end_a_conversion(string container)
    {
        string source = _folder.File("in.ts"), output = _folder.File("out." + container);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2", "-c:v", "libx264", "-c:a", "aac", source);
        var audio = Packets(source, "0:a");
        // The sync word of the last audio frames' headers but one.
        var bytes = File.ReadAllBytes(source);
        var header = bytes.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xF1, 0x50]);
        bytes.AsSpan(bytes.AsSpan(0, header).LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xF1, 0x50]), 3).Clear();
        File.WriteAllBytes(source, bytes);
        var (exit, log, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--preset", "ultrafast", "--json");
        Assert.True(exit == 0, errors);
        Assert.Contains("packets of the source that cannot be read were left out (aac_adtstoasc: ", log, StringComparison.Ordinal);
        Assert.InRange(Packets(output, "0:a").Split('\n').Length, audio.Split('\n').Length - 8, audio.Split('\n').Length);
    }

    [Fact]
    public void Audio_that_begins_late_in_a_transport_stream_is_kept_beside_its_pictures()
    {
        string source = _folder.File("in.ts"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "sine=d=2", "-c:a", "mp2", _folder.File("audio.mp2"));
        // Nothing of the audio is within the first five megabytes, where ffprobe looks.
        Tool.Ffmpeg("-f", "lavfi", "-i", "color=s=96x64:r=25:d=12", "-itsoffset", "9", "-i", _folder.File("audio.mp2"), "-filter:v", "noise=alls=100:allf=t", "-c:v", "libx264", "-qp", "0", "-preset", "ultrafast",
            "-c:a", "copy", source);
        Assert.Equal("0", Tool.Probe(source, "stream=sample_rate", "a").Split('\n')[0]);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        double Start(string path, string stream) => double.Parse(
            Tool.Run("ffprobe", "-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time", "-of", "csv=p=0", path).Split('\n')[0].Trim(','), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(Start(source, "a:0") - Tool.Times(source)[0], Start(output, "a:0") - Tool.Times(output)[0], 0.002);
    }

    [Fact]
    public void Audio_that_is_announced_and_not_there_is_said_to_be_left_out()
    {
        string source = _folder.File("in.m2ts"), output = _folder.File("out.mkv");
        // ffmpeg takes the stream type that it writes for two streams, of which one stays empty.
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1:r=48000", "-c:v", "libx264", "-c:a", "truehd", "-ac", "2", "-strict", "-2", source);
        var (exit, log, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--json");
        Assert.True(exit == 0, errors);
        Assert.Contains("audio stream 2, ac3: is announced, but nothing of it was found", log, StringComparison.Ordinal);
        Assert.Equal("truehd", Tool.Probe(output, "stream=codec_name", "a"));
    }

    [Fact]
    public void Languages_that_QuickTime_calls_otherwise_are_kept()
    {
        string source = _folder.File("in.mp4"), output = _folder.File("out.mov");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-f", "lavfi", "-i", "sine=d=0.4", "-map", "0", "-map", "1", "-map", "1", "-map", "1", "-c:v", "libx264", "-c:a", "aac",
            "-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=fre", "-metadata:s:a:2", "language=jpn", source);
        VfiCommand.Convert(source, "-o", output, "--model", "hold", "--preset", "ultrafast");
        Assert.Equal("ger\nfra\njpn", Tool.Probe(output, "stream_tags=language", "a"));
    }

    [Fact]
    public void A_track_without_contents_does_not_end_a_conversion()
    {
        string source = _folder.File("in.mkv"), output = _folder.File("out.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac", _folder.File("audio.mkv"));
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-itsoffset", "1", "-i", _folder.File("audio.mkv"), "-c:v", "libx264", "-c:a", "copy", "-t", "0.4", source);
        Assert.Equal("aac", Tool.Probe(source, "stream=codec_name", "a"));
        var (exit, log, errors) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--json");
        Assert.True(exit == 0, errors);
        Assert.Contains("1 of the audio streams hold nothing", log, StringComparison.Ordinal);
    }

    [Fact]
    public void Audio_that_cannot_be_re_encoded_is_told_before_the_work()
    {
        var source = _folder.File("in.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1:r=8000", "-c:v", "libx264", "-c:a", "flac", "-strict", "-2", source);
        var bytes = File.ReadAllBytes(source);
        foreach (var packet in Tool.Run("ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "packet=pos,size", "-of", "csv=p=0", source)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(',')))
        {
            bytes.AsSpan(int.Parse(packet[1], CultureInfo.InvariantCulture), int.Parse(packet[0], CultureInfo.InvariantCulture)).Clear();
        }
        File.WriteAllBytes(source, bytes);
        var (exit, _, errors) = VfiCommand.Run("convert", source, "-o", _folder.File("out.mov"), "--model", "hold");
        Assert.Equal(2, exit);
        Assert.Contains("audio stream 1, flac, cannot be re-encoded to alac", errors, StringComparison.Ordinal);
        Assert.Contains("choose an output ending in .mkv", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("libvpx")]
    [InlineData("libvpx-vp9")]
    public void Transparency_beside_the_pictures_is_said_to_be_lost_and_not_announced(string codec)
    {
        string source = _folder.File("in.webm"), output = _folder.File("out.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-c:v", codec, "-auto-alt-ref", "0", "-pix_fmt", "yuva420p", source);
        string Tags(string file) => Tool.Run("ffprobe", "-v", "error", "-show_entries", "stream_tags", file).ToUpperInvariant();
        Assert.Contains("ALPHA_MODE=1", Tags(source), StringComparison.Ordinal);
        var (exit, log, _) = VfiCommand.Run("convert", source, "-o", output, "--model", "hold", "--json");
        Assert.Equal(0, exit);
        Assert.Contains("transparency is lost", log, StringComparison.Ordinal);
        Assert.DoesNotContain("ALPHA_MODE", Tags(output), StringComparison.Ordinal);
    }

    [Fact]
    public void Chapters_before_the_video_are_said_to_be_left_out()
    {
        string source = _folder.File("in.mkv"), marks = _folder.File("m.txt");
        File.WriteAllText(marks, ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=9000\ntitle=Before\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=9000\nEND=11000\ntitle=Within\n");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.4", "-i", marks, "-map_chapters", "1", "-c:v", "libx264", "-output_ts_offset", "10", source);
        var (exit, log, errors) = VfiCommand.Run("convert", source, "-o", _folder.File("out.mkv"), "--model", "hold", "--preset", "ultrafast", "--json");
        Assert.True(exit == 0, errors);
        Assert.Contains("1 of 2 chapters lie before or behind all else and are left out", log, StringComparison.Ordinal);
        Assert.EndsWith("Within", Chapters(_folder.File("out.mkv")), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Packets(string path, string map) => Tool.Ffmpeg("-i", path, "-map", map, "-c", "copy", "-f", "framecrc", "-");

    /// <summary>From the beginning of the file, to hundredths of a second.</summary>
    private static string Chapters(string path)
    {
        double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        var start = Number(Tool.Probe(path, "format=start_time"));
        return string.Join('\n', Tool.Run("ffprobe", "-v", "error", "-show_entries", "chapter=start_time,end_time:chapter_tags=title", "-of", "csv=p=0", path)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(','))
            .Select(l => string.Create(CultureInfo.InvariantCulture, $"{Number(l[0]) - start:0.00} {Number(l[1]) - start:0.00} {l[2]}")));
    }

    private string Rich()
    {
        var path = _folder.File("rich.mkv");
        File.WriteAllText(_folder.File("s.srt"), "1\n00:00:00,200 --> 00:00:00,900\nHello\n\n2\n00:00:01,000 --> 00:00:01,600\n<i>World</i>\n");
        File.WriteAllText(_folder.File("m.txt"), ";FFMETADATA1\ntitle=A title\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=Part one\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Part two\n");
        File.WriteAllText(_folder.File("font.ttf"), "no font, but an attachment");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2", "-f", "lavfi", "-i", "sine=f=880:d=2", "-i", _folder.File("s.srt"), "-i", _folder.File("m.txt"),
            "-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s", "-map", "3:s", "-map_metadata", "4", "-map_chapters", "4",
            "-c:v", "libx264", "-c:a:0", "aac", "-c:a:1", "flac", "-c:s:0", "srt", "-c:s:1", "ass",
            "-metadata:s:v:0", "language=eng", "-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=jpn", "-metadata:s:a:1", "title=Comments", "-metadata:s:s:0", "language=fre",
            "-disposition:a:0", "default", "-disposition:a:1", "comment", "-disposition:s:1", "forced",
            "-attach", _folder.File("font.ttf"), "-metadata:s:t", "mimetype=application/x-truetype-font", path);
        return path;
    }
}
