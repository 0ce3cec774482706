using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Vfi.Pipeline.Inference;

/// <summary>A library that the GPU providers are linked against.</summary>
/// <param name="Name">As it is linked, such as libcudnn.so.9.</param>
/// <param name="NeededBy">The providers' names.</param>
/// <param name="Path">Where it was found; null: nowhere.</param>
/// <param name="Problem">Why it cannot be loaded; null: it can.</param>
public sealed record GpuLibrary(string Name, IReadOnlyList<string> NeededBy, string? Path, string? Problem)
{
    /// <summary>From the file's full name, such as 9.8.0; null: not told.</summary>
    public string? Version => Path is null ? null : Path[(Path.LastIndexOf(".so.", StringComparison.Ordinal) is var i and >= 0 ? i + 4 : Path.Length)..] is { Length: > 0 } v ? v : null;
}

/// <summary>What of NVIDIA's is on this machine.</summary>
public static partial class GpuInventory
{
    /// <summary>The driver's version, such as 580.65.06; null: there is none.</summary>
    public static string? Driver
    {
        get
        {
            const string File = "/proc/driver/nvidia/version";
            return System.IO.File.Exists(File) && DriverVersion().Match(System.IO.File.ReadAllText(File)) is { Success: true } m ? m.Value : null;
        }
    }

    /// <summary>The GPU that would be used.</summary>
    /// <exception cref="VfiException">There is none, or TensorRT is missing (environment).</exception>
    public static DeviceIdentity Identify(int device) => NvidiaDevice.Identify(device);

    /// <summary>GPU memory in bytes; null: not told.</summary>
    public static long? Memory(int device) => NvidiaDevice.Memory(device);

    /// <summary>NVIDIA's libraries that ONNX Runtime's providers beside the program are linked against.</summary>
    public static IReadOnlyList<GpuLibrary> Libraries()
    {
        var needed = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var provider in (string[])["cuda", "tensorrt"])
        {
            if (FindProvider(provider) is not { } path)
                continue;
            foreach (var library in ElfFile.Needed(path).Where(n => Nvidia().IsMatch(n)))
                (needed.TryGetValue(library, out var by) ? by : needed[library] = []).Add(provider);
        }
        return [.. needed.Select(n => Load(n.Key, n.Value))];
    }

    /// <summary>A provider's library beside ONNX Runtime's own; null: it is not there.</summary>
    public static string? FindProvider(string name)
    {
        var file = $"libonnxruntime_providers_{name}.so";
        var native = string.Create(CultureInfo.InvariantCulture, $"runtimes/linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}/native");
        return ((string[])[AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, native)]).Select(f => Path.Combine(f, file)).FirstOrDefault(File.Exists);
    }

    private static GpuLibrary Load(string name, List<string> neededBy)
    {
        try
        {
            NativeLibrary.Load(name);
            // The path that the loader found, with links followed: its name tells the full version.
            var path = File.ReadLines("/proc/self/maps").Select(l => l[(l.IndexOf('/', StringComparison.Ordinal) is var i and >= 0 ? i : l.Length)..])
                .FirstOrDefault(l => Path.GetFileName(l).StartsWith(name[..(name.IndexOf(".so", StringComparison.Ordinal) + 3)], StringComparison.Ordinal));
            return new GpuLibrary(name, neededBy, path, null);
        }
        catch (DllNotFoundException e)
        {
            return new GpuLibrary(name, neededBy, null, MissingLibrary.In(e.Message) is { } missing ? missing + " is not found" : e.Message.Split('\n')[0]);
        }
    }

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex DriverVersion();

    [GeneratedRegex(@"^lib(cu|nv)\w*\.so")]
    private static partial Regex Nvidia();
}
