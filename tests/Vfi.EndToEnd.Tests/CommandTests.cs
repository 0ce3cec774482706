using System.Text.Json.Nodes;

namespace Vfi.Tests;

public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Json_is_all_there_is_on_stdout()
    {
        var (exit, output, _) = VfiCommand.Run("convert", Clip(), "-o", _folder.File("out.mp4"), "--model", "blend", "--json");
        Assert.Equal(0, exit);
        var events = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!["event"]!.GetValue<string>()).ToList();
        Assert.Contains("probe", events);
        Assert.Contains("progress", events);
        Assert.Equal("done", events[^1]);
    }

    [Fact]
    public void Without_json_stdout_is_the_path_of_the_result()
    {
        var (exit, output, errors) = VfiCommand.Run("convert", Clip(), "--model", "blend");
        Assert.True(exit == 0, errors);
        Assert.Equal(_folder.File("clip_50fps.mp4"), output.Trim());
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void Doctor_names_models_encoders_and_the_missing_library_of_each_provider()
    {
        var (exit, output, _) = VfiCommand.Run("doctor");
        Assert.Equal(0, exit);
        Assert.Matches("libx264 +works", output);
        Assert.Matches("cpu +works", output);
        Assert.Matches("tensorrt +(works|no: .*lib[a-z]+)", output);
        Assert.Contains("default", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Bench_prints_both_ratios()
    {
        var (exit, output, errors) = VfiCommand.Run("bench", Clip(), "--rounds", "1", "--model", "blend", "--json");
        Assert.True(exit == 0, errors);
        var result = JsonNode.Parse(output)!;
        Assert.Equal(20, result["frames"]!.GetValue<int>());
        Assert.True(result["speedOverMinterpolate"]!.GetValue<double>() > 0);
        Assert.True(result["timeOverTranscode"]!.GetValue<double>() > 0);
        Assert.All(result["runs"]!.AsArray(), r => Assert.True(r!["peakMegabytes"]!.GetValue<double>() > 0 && r["cpuSecondsPerFrame"]!.GetValue<double>() > 0));
    }

    [Theory]
    [InlineData("vfi: convret: no such command; there are convert, worker, ", "(see vfi --help)", "convret", "a.mp4")]
    [InlineData("vfi: imprt: no such command; there are import", "(see vfi models --help)", "models", "imprt")]
    [InlineData("vfi: b.mp4: one argument too many; name the output with -o", "(see vfi convert --help)", "convert", "a.mp4", "b.mp4")]
    [InlineData("vfi: --fps: no such option; there is --out-fps (", "see vfi convert --help)", "convert", "a.mp4", "--fps", "60")]
    [InlineData("vfi: --encodr=libx265: no such option; there is --encoder (", "see vfi convert --help)", "convert", "a.mp4", "--encodr=libx265")]
    [InlineData("vfi: --quality: no such option (", "see vfi convert --help)", "convert", "a.mp4", "--quality", "60")]
    [InlineData("vfi: --crf 17.5: must be a whole number", "(see vfi convert --help)", "convert", "a.mp4", "--crf", "17.5")]
    [InlineData("vfi: --scene-cut none: must be a number", "(see vfi convert --help)", "convert", "a.mp4", "--scene-cut", "none")]
    [InlineData("vfi: Logging:LogLevel:Default Warn: must be one of Trace, Debug", "", "submit", "videos/a.mp4", "--Logging:LogLevel:Default=Warn")]
    [InlineData("vfi: Logging:Console:FormatterName text: must be one of simple, json", "", "submit", "videos/a.mp4", "--Logging:Console:FormatterName=text")]
    [InlineData("vfi: give a command: convert, worker, ", "(see vfi --help)")]
    [InlineData("vfi: Required argument ", "(see vfi models import --help)", "models", "import")]
    public void Wrong_usage_names_what_is_wrong_and_the_command_whose_help_tells_more(string start, string end, params string[] arguments)
    {
        var (exit, _, errors) = VfiCommand.Run(arguments);
        Assert.Equal(2, exit);
        Assert.StartsWith(start, errors, StringComparison.Ordinal);
        Assert.EndsWith(end, errors.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("libsvtav1", "av1")]
    [InlineData("libx265", "hevc")]
    [InlineData("libaom-av1", "av1")]
    public void Other_encoders_make_verified_files(string encoder, string codec)
    {
        VfiCommand.Convert(Clip(), "-o", _folder.File("out.mp4"), "--model", "blend", "--encoder", encoder, "--chunk-seconds", "0.2");
        Assert.Equal(codec, Tool.Probe(_folder.File("out.mp4"), "stream=codec_name"));
        Assert.Equal(20, Tool.FrameHashes(_folder.File("out.mp4")).Length);
    }

    [Fact]
    public void An_encoder_that_cannot_be_lossless_is_named_where_that_is_asked_for()
    {
        var (exit, log, errors) = VfiCommand.Run("convert", Clip(), "-o", _folder.File("out.mp4"), "--model", "hold", "--encoder", "libsvtav1", "--crf", "0", "--json");
        Assert.True(exit == 0, errors);
        Assert.Contains("libsvtav1 has no lossless mode", log, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string Clip()
    {
        var path = _folder.File("clip.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25", "-frames:v", "10", "-c:v", "libx264", path);
        return path;
    }
}
