using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Vfi.Pipeline.Inference;

/// <summary>Whether an execution provider works here.</summary>
/// <param name="Provider">Never Auto.</param>
/// <param name="Reason">Why it does not, naming the missing library or driver; null: it works.</param>
public sealed record ProviderState(ExecutionProvider Provider, string? Reason)
{
    public bool IsAvailable => Reason is null;
}

/// <summary>Finds out which execution providers work, and makes session options.</summary>
public static class ProviderSelection
{
    /// <summary>All providers, best first, each tried by appending it to session options.</summary>
    public static IReadOnlyList<ProviderState> Probe() =>
        [Try(ExecutionProvider.TensorRt), Try(ExecutionProvider.Cuda), Try(ExecutionProvider.Cpu)];

    /// <summary>Resolves what was asked for into what will run.</summary>
    /// <returns>The provider, and for Auto one line that says why not a better one (null: it is the best).</returns>
    /// <exception cref="VfiException">A provider asked for by name does not work here (environment).</exception>
    public static (ExecutionProvider Provider, string? Why) Choose(ExecutionProvider asked)
    {
        if (asked == ExecutionProvider.Auto)
        {
            var states = Probe();
            var best = states.First(s => s.IsAvailable);
            var missing = states.TakeWhile(s => !s.IsAvailable).Select(s => $"no {Name(s.Provider)}: {s.Reason}").ToList();
            return (best.Provider, missing.Count == 0 ? null : string.Join("; ", missing));
        }
        var state = Try(asked);
        return state.IsAvailable ? (asked, null) : throw VfiException.Environment(
            $"--provider {Name(asked)} cannot run here: {state.Reason}; install it, or choose --provider auto or cpu");
    }

    public static string Name(ExecutionProvider provider) => provider switch
    {
        ExecutionProvider.TensorRt => "tensorrt",
        ExecutionProvider.Cuda => "cuda",
        ExecutionProvider.Cpu => "cpu",
        _ => "auto",
    };

    /// <summary>Options for sessions on any provider; the caller disposes them.</summary>
    /// <param name="threads">Threads of one inference on the CPU.</param>
    internal static SessionOptions CreateOptions(int threads)
    {
        _ = OnnxEnvironment.Open();
        var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            IntraOpNumThreads = threads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        // Waiting threads must not burn what decoder and encoder need.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        return options;
    }

    private static ProviderState Try(ExecutionProvider provider)
    {
        if (provider == ExecutionProvider.Cpu)
            return new ProviderState(provider, null);
        var (entry, library) = provider == ExecutionProvider.TensorRt
            ? ("TensorrtExecutionProvider", "libonnxruntime_providers_tensorrt.so")
            : ("CUDAExecutionProvider", "libonnxruntime_providers_cuda.so");
        if (!OnnxEnvironment.Open().GetAvailableProviders().Contains(entry))
            return new ProviderState(provider, "this ONNX Runtime was built without it");
        if (OperatingSystem.IsLinux() && !NativeLibrary.TryLoad("libcuda.so.1", out _))
            return new ProviderState(provider, "no NVIDIA driver (libcuda.so.1)");
        _ = OnnxEnvironment.TakeErrors();
        try
        {
            using var options = CreateOptions(1);
            if (provider == ExecutionProvider.TensorRt)
                options.AppendExecutionProvider_Tensorrt(0);
            options.AppendExecutionProvider_CUDA(0);
            return new ProviderState(provider, null);
        }
        catch (OnnxRuntimeException e)
        {
            var said = OnnxEnvironment.TakeErrors() + "\n" + e.Message;
            return new ProviderState(provider, MissingLibrary.In(said) is { } missing ? $"missing library {missing}" : FirstLine(e.Message, library));
        }
    }

    private static string FirstLine(string message, string library)
    {
        var line = message.Split('\n')[0];
        return line.Length == 0 ? $"{library} could not be loaded" : line;
    }
}
