using System.Diagnostics;

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
