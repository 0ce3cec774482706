using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Vfi.Tests;

/// <summary>Runs the vfi executable of this build.</summary>
public static class VfiCommand
{
    /// <summary>The repository's root.</summary>
    public static string Root => Repository.Root;

    public static string Program => Path.Combine(Root, "src", "Vfi.Worker", "bin", "Release", "net10.0", "vfi.dll");

    public static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }

    /// <summary>Converts, must succeed, and returns the last JSON line: the figures.</summary>
    public static JsonNode Convert(params string[] arguments)
    {
        var (exit, output, errors) = Run(["convert", "--json", .. arguments]);
        Assert.True(exit == 0, errors + output);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal("done", lines[^1]["event"]!.GetValue<string>());
        return lines[^1];
    }

    /// <summary>Measures a model on triplets, must succeed, and returns the figures.</summary>
    public static JsonNode Evaluate(string triplets, string model, params string[] arguments)
    {
        var (exit, output, errors) = Run(["evaluate", triplets, "--model", model, "--json", .. arguments]);
        Assert.True(exit == 0, errors);
        return JsonNode.Parse(output)!;
    }

    public static Process Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        // A shell that runs the tests in the background has them ignore SIGINT, which children inherit and .NET respects.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", Program]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
