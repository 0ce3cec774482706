using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Vfi.Pipeline.Inference;

/// <summary>
/// ONNX Runtime's one environment, with its errors collected instead of printed: why a provider's library cannot be loaded
/// is in its log and nowhere else. Must be opened before anything else of ONNX Runtime is made.
/// </summary>
public static partial class OnnxEnvironment
{
    private static readonly ConcurrentQueue<string> Errors = new();
    private static readonly Lazy<OrtEnv> Instance = new(Create);

    /// <summary>ONNX Runtime's version.</summary>
    public static string Version => Open().GetVersionString();

    internal static OrtEnv Open() => Instance.Value;

    /// <summary>The errors logged since the last call, a line each.</summary>
    internal static string TakeErrors()
    {
        var lines = new List<string>();
        while (Errors.TryDequeue(out var line))
            lines.Add(line);
        return string.Join('\n', lines);
    }

    private static OrtEnv Create()
    {
        // ONNX Runtime's native library reports its use to its maker unless told not to, and asks the C library's
        // environment, which .NET's own does not reach.
        if (!OperatingSystem.IsWindows())
            _ = SetEnvironment("ORT_DISABLE_TELEMETRY", "1", 1);
        var options = new EnvironmentCreationOptions
        {
            logId = "vfi",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            loggingFunction = (_, _, _, _, _, message) =>
            {
                Errors.Enqueue(message);
                while (Errors.Count > 100)
                    Errors.TryDequeue(out var _);
            },
        };
        return OrtEnv.CreateInstanceWithOptions(ref options);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
