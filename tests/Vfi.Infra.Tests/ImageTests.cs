using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Vfi.Tests;

public sealed partial class ImageTests
{
    private static readonly string Dockerfile = File.ReadAllText(Path.Combine(Repository.Root, "Dockerfile"));

    [Fact]
    public void The_Dockerfile_passes_the_linter()
    {
        var (exit, text) = Chart.Node(".deps/infra/node_modules/dockerfile-utils/bin/dockerfile-utils", "", "lint", Path.Combine(Repository.Root, "Dockerfile"));
        Assert.True(exit == 0, text);
    }

    [Fact]
    public void Everything_that_is_copied_is_there_and_not_ignored()
    {
        var allowed = File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore")).Where(l => l.StartsWith('!')).Select(l => l[1..]).ToList();
        var sources = Copy().Matches(Dockerfile).SelectMany(m => m.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..^1]).ToList();
        Assert.NotEmpty(sources);
        Assert.All(sources, s =>
        {
            Assert.True(Path.Exists(Path.Combine(Repository.Root, s)), s);
            Assert.Contains(s.Split('/')[0], allowed);
        });
    }

    [Theory]
    [InlineData("Dockerfile", "ARG VERSION={0}\n")]
    [InlineData("infra/helm/vfi-worker/Chart.yaml", "\nversion: {0}\n")]
    [InlineData("infra/helm/vfi-worker/Chart.yaml", "\nappVersion: \"{0}\"\n")]
    [InlineData("docs/operate.md", "vfi-worker:{0}-gpu ")]
    public void Image_and_chart_have_the_programs_version(string file, string text)
    {
        var version = Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")), "<Version>(.*)</Version>").Groups[1].Value;
        Assert.Contains(string.Format(System.Globalization.CultureInfo.InvariantCulture, text, version), File.ReadAllText(Path.Combine(Repository.Root, file)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_libraries_are_those_that_ONNX_Runtime_links_against()
    {
        var provider = Path.Combine(Repository.GpuProviders, "libonnxruntime_providers_tensorrt.so");
        var needed = Tool.Run("readelf", "-d", provider);
        string Version(string library) => Regex.Match(needed, Regex.Escape(library) + @"\.so\.(\d+)").Groups[1].Value;
        Assert.Contains($"nvidia/cuda:{Version("libcudart")}.", Dockerfile, StringComparison.Ordinal);
        Assert.Contains($"TENSORRT_VERSION={Version("libnvinfer")}.", Dockerfile, StringComparison.Ordinal);
        Assert.Contains($"+cuda{Version("libcudart")}.", Dockerfile, StringComparison.Ordinal);
        Assert.Contains($"libnvinfer{Version("libnvinfer")}=", Dockerfile, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_in_image_compose_and_local_stack_exists()
    {
        var compose = Chart.YamlToJson(File.ReadAllText(Path.Combine(Repository.Root, "infra", "local", "compose.yaml")))[0]!;
        var environment = compose["services"]!["worker"]!["environment"]!.AsObject().Select(p => p.Key).ToList();
        var image = Setting().Matches(Dockerfile).Select(m => m.Groups[1].Value).ToList();
        Assert.True(environment.Count > 3 && image.Count > 3);
        Assert.All(environment.Concat(image), s => Assert.True(SettingKeys.Exists(s), s));
    }

    [Fact]
    public void The_emulators_queues_are_those_that_the_worker_uses()
    {
        var emulator = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "infra", "local", "servicebus.json")))!;
        var queues = emulator["UserConfig"]!["Namespaces"]![0]!["Queues"]!.AsArray().Select(q => q!["Name"]!.GetValue<string>());
        var compose = Chart.YamlToJson(File.ReadAllText(Path.Combine(Repository.Root, "infra", "local", "compose.yaml")))[0]!["services"]!["worker"]!["environment"]!;
        Assert.Equal(queues, [compose["Queue__Name"]!.GetValue<string>(), compose["Queue__Results"]!.GetValue<string>()]);
    }

    [GeneratedRegex(@"^COPY (?!--from)(.+)$", RegexOptions.Multiline)]
    private static partial Regex Copy();

    [GeneratedRegex(@"\b([A-Z][A-Za-z]+__[A-Za-z]+)=")]
    private static partial Regex Setting();
}
