using System.Diagnostics;
using System.Text.Json;

namespace Vfi.Tests;

/// <summary>The GPU provider libraries in place, on a machine without NVIDIA's libraries.</summary>
public sealed class ProviderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false, "libcuda.so.1")]
    [InlineData(true, "libcublas.so.13")]
    public void TensorRT_by_name_exits_with_3_and_names_what_is_missing(bool hasDriver, string missing)
    {
        var (exit, _, errors) = Run(hasDriver, "warm", "--provider", "tensorrt", "--resolution", "64x64");
        Assert.Equal(3, exit);
        Assert.Contains($"--provider tensorrt cannot run here: {(hasDriver ? "missing library" : "no NVIDIA driver")}", errors, StringComparison.Ordinal);
        Assert.Contains(missing, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_runs_on_the_CPU_and_says_once_why()
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=0.4", Path.Combine(_folder.Path, "in.mp4"));
        var (exit, output, errors) = Run(true, "convert", Path.Combine(_folder.Path, "in.mp4"), "--json");
        Assert.True(exit == 0, errors);
        Assert.Single(output.Split('\n'), l => l.Contains("inference on cpu (no tensorrt: missing library libcublas.so.13", StringComparison.Ordinal));
        Assert.Contains("\"provider\":\"cpu\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_GPU_doctor_names_every_library_that_is_missing_and_writes_its_report()
    {
        var path = Path.Combine(_folder.Path, "report.json");
        var (exit, output, errors) = Run(true, "doctor", "--gpu", "--report", path);
        Assert.True(exit == 3, errors);
        Assert.Contains("no GPU provider works here", output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(File.ReadAllText(path));
        var libraries = report.RootElement.GetProperty("libraries").EnumerateArray().ToDictionary(l => l.GetProperty("name").GetString()!);
        Assert.Equal("libnvinfer.so.10 is not found", libraries["libnvinfer.so.10"].GetProperty("problem").GetString());
        Assert.Equal(["cuda", "tensorrt"], libraries["libcublas.so.13"].GetProperty("neededBy").EnumerateArray().Select(n => n.GetString()));
        Assert.Equal("missing library libcublas.so.13", report.RootElement.GetProperty("providers").GetProperty("tensorrt").GetString()!.Split(';')[0]);
    }

    [Fact]
    public void The_GPU_doctor_says_before_it_measures_that_its_report_cannot_be_written()
    {
        var (exit, output, errors) = Run(true, "doctor", "--gpu", "--report", Path.Combine(_folder.Path, "none", "report.json"));
        Assert.Equal(2, exit);
        Assert.Contains("--report", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
    }

    [Fact]
    public void The_GPU_doctor_measures_parity_and_every_stage_of_the_graphs()
    {
        var path = Path.Combine(_folder.Path, "report.json");
        var (exit, output, errors) = VfiCommand.Run(
            ["doctor", "--gpu", "--provider", "cpu", "--resolution", "161x93", "--seconds", "0.05", "--report", path, "--Inference:Synthesis=Graph"]);
        Assert.True(exit == 0, output + errors);
        using var report = JsonDocument.Parse(File.ReadAllText(path));
        var trial = report.RootElement.GetProperty("trials")[0];
        Assert.Equal("graph", trial.GetProperty("synthesis").GetString());
        foreach (var pattern in trial.GetProperty("parityDb").EnumerateObject())
            Assert.True(pattern.Value.ValueKind == JsonValueKind.Null || pattern.Value.GetDouble() > 55, $"{pattern.Name}: {pattern.Value}");
        foreach (var stage in (string[])["prepare", "motion", "synthesize"])
            Assert.True(trial.GetProperty("stageMilliseconds").GetProperty(stage).GetDouble() > 0);
        foreach (var count in (string[])["1", "2", "3"])
            Assert.True(trial.GetProperty("framesPerSecondInFlight").GetProperty(count).GetDouble() > 0);
        Assert.True(trial.GetProperty("conversion").GetProperty("framesPerSecond").GetDouble() > 0);
    }

    [Fact]
    public void Inference_reports_to_nobody_and_leaves_nothing_behind()
    {
        // What ONNX Runtime's telemetry would write into the home folder and the temporary one.
        var home = Directory.CreateDirectory(Path.Combine(_folder.Path, "home")).FullName;
        using var process = VfiCommand.Start(new Dictionary<string, string> { ["HOME"] = home, ["TMPDIR"] = home }, "warm", "--resolution", "64x64");
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(home));
    }

    public void Dispose() => _folder.Dispose();

    private (int Exit, string Output, string Errors) Run(bool hasDriver, params string[] arguments)
    {
        var program = Path.Combine(_folder.Path, "vfi");
        Tool.Run("cp", "-r", Path.GetDirectoryName(VfiCommand.Program)!, program);
        foreach (var name in (string[])["shared", "tensorrt", "cuda"])
            File.CreateSymbolicLink(Path.Combine(program, $"libonnxruntime_providers_{name}.so"), Path.Combine(Repository.GpuProviders, $"libonnxruntime_providers_{name}.so"));
        var libraries = Directory.CreateDirectory(Path.Combine(_folder.Path, "lib")).FullName;
        if (hasDriver)
        {
            // Enough of a driver to get past the question whether there is one.
            File.WriteAllText(Path.Combine(libraries, "cuda.c"), "int cuInit(unsigned f) { return 100; }");
            Tool.Run("gcc", "-shared", "-fPIC", "-o", Path.Combine(libraries, "libcuda.so.1"), Path.Combine(libraries, "cuda.c"));
        }
        var start = new ProcessStartInfo("dotnet", [Path.Combine(program, "vfi.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LD_LIBRARY_PATH"] = libraries;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
