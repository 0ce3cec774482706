namespace Vfi.Tests;

/// <summary>Where the tests run from.</summary>
public static class Repository
{
    /// <summary>The folder of Vfi.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>ONNX Runtime's GPU provider libraries, which ./test fetches.</summary>
    public static string GpuProviders => Path.Combine(
        Root, ".deps", "gpu", "node_modules", "com.github.asus4.onnxruntime.linux-x64-gpu", "Plugins", "Linux", "x64");

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Vfi.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("not inside the repository");
        return folder.FullName;
    }
}
