using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Vfi.Tests;

/// <summary>Renders infra/helm/vfi-worker and checks what comes out, with the tools that ./test installs.</summary>
public sealed class Chart : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _renderer;

    public Chart()
    {
        _renderer = Path.Combine(_folder.Path, "render");
        var build = new ProcessStartInfo("go", ["build", "-o", _renderer, "."]) { WorkingDirectory = Path.Combine(Repository.Root, "tests", "infra", "render") };
        (build.Environment["GO111MODULE"], build.Environment["GOPATH"], build.Environment["GOCACHE"]) = ("off", "/usr/share/gocode", Path.Combine(_folder.Path, "cache"));
        Assert.Equal(0, Run(build, "").Exit);
    }

    public static string Folder => Path.Combine(Repository.Root, "infra", "helm", "vfi-worker");

    private static string Modules => Path.Combine(Repository.Root, ".deps", "infra", "node_modules");

    /// <summary>The manifests for some values (YAML) over the chart's own.</summary>
    public (int Exit, string Output) Render(string values)
    {
        var file = _folder.File("values.yaml");
        File.WriteAllText(file, values);
        return Run(new ProcessStartInfo(_renderer, [Folder, "vfi", "video", file]), "");
    }

    /// <summary>As JSON, a manifest each.</summary>
    public IReadOnlyList<JsonNode> Manifests(string values)
    {
        var (exit, text) = Render(values);
        Assert.True(exit == 0, text);
        return [.. YamlToJson(text).AsArray().Select(n => n!)];
    }

    /// <summary>Problems that the schemas of Kubernetes and KEDA find; 0: none.</summary>
    public static (int Exit, string Output) Validate(string manifests) => Node("tests/infra/validate.js", manifests);

    public static JsonNode YamlToJson(string yaml)
    {
        var (exit, text) = Node("tests/infra/yaml-to-json.js", yaml);
        Assert.True(exit == 0, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>Runs a script of tests/infra with its modules.</summary>
    public static (int Exit, string Output) Node(string script, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Repository.Root, script), .. arguments]);
        start.Environment["NODE_PATH"] = Modules;
        return Run(start, input);
    }

    public static (int Exit, string Output) Run(ProcessStartInfo start, string input)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }

    public void Dispose() => _folder.Dispose();
}
