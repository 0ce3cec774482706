namespace Vfi.Tests.Inference;

/// <summary>
/// ONNX Runtime's TensorRT provider on a machine without NVIDIA's libraries: it loads on stubs that have the symbols it
/// links against and do nothing. Enough for its options; a session on them would crash.
/// </summary>
public static class StubLibraries
{
    private static readonly (string Library, bool IsVersioned, string Symbols)[] All =
    [
        ("libcublas.so.13", true, "cublasCreate_v2 cublasDestroy_v2 cublasSetStream_v2"),
        ("libcudnn.so.9", true, "cudnnCreate cudnnDestroy cudnnSetStream"),
        ("libcudart.so.13", true,
            "cudaEventCreateWithFlags cudaEventDestroy cudaEventRecord cudaEventSynchronize cudaFree cudaGetDevice cudaGetDeviceCount cudaGetDeviceProperties " +
            "cudaGraphDestroy cudaGraphExecDestroy cudaGraphInstantiate cudaGraphLaunch cudaLaunchHostFunc cudaMalloc cudaMemcpyAsync cudaRuntimeGetVersion cudaSetDevice " +
            "cudaStreamBeginCapture cudaStreamCreateWithFlags cudaStreamDestroy cudaStreamEndCapture cudaStreamSynchronize cudaStreamWaitEvent"),
        ("libnvinfer.so.10", false, "createInferBuilder_INTERNAL createInferRefitter_INTERNAL createInferRuntime_INTERNAL getInferLibVersion getPluginRegistry"),
        ("libnvonnxparser.so.10", false, "createNvOnnxParserRefitter_INTERNAL createNvOnnxParser_INTERNAL"),
    ];

    /// <summary>Compiles the stubs into a folder.</summary>
    public static void Build(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (library, isVersioned, symbols) in All)
        {
            string source = Path.Combine(folder, library + ".c"), map = Path.Combine(folder, library + ".map");
            File.WriteAllLines(source, symbols.Split(' ').Select(s => $"int {s}(void) {{ return 0; }}"));
            File.WriteAllText(map, $"{library} {{ global: *; }};");
            string[] version = isVersioned ? [$"-Wl,--version-script={map}"] : [];
            Tool.Run("gcc", ["-shared", "-fPIC", "-w", $"-Wl,-soname,{library}", .. version, "-o", Path.Combine(folder, library), source]);
        }
    }
}
