using Vfi.Pipeline.Inference;

namespace Vfi.Tests.Inference;

/// <summary>A GPU whose results are those of other graphs on the CPU: what it returns by provider and precision is the test's.</summary>
internal sealed class FakeGpu : IModelLoader
{
    public Dictionary<(ExecutionProvider Provider, EnginePrecision Precision), string> Graphs { get; } = [];

    public List<(ExecutionProvider Provider, EnginePrecision Precision, bool Built)> Loads { get; } = [];

    /// <summary>The graphs around models that were loaded, by name.</summary>
    public List<string> GraphLoads { get; } = [];

    /// <summary>What a graph around the model is on this GPU.</summary>
    public Func<byte[], byte[]>? ReplaceGraph { get; set; }

    public TimeSpan? RunLimit { get; set; }

    public DeviceIdentity Device { get; set; } = new("Test GPU", "9.0", "101401", "1.29.0");

    public DeviceIdentity Identify() => Device;

    public OnnxModel Load(ModelRequest request, ExecutionProvider provider, EnginePrecision precision, string? engineFolder)
    {
        using var options = ProviderSelection.CreateOptions(1);
        if (provider == ExecutionProvider.Cpu)
            return new OnnxModel(request, provider, options);
        options.EnableProfiling = true;
        options.ProfileOutputPathPrefix = Path.Combine(Path.GetTempPath(), $"vfi-test-{Guid.NewGuid():N}");
        var engine = engineFolder is null ? null : Path.Combine(engineFolder, "graph.engine");
        Loads.Add((provider, precision, engine is not null && !File.Exists(engine)));
        if (engine is not null && !File.Exists(engine))
            File.WriteAllText(engine, "an engine");
        return new OnnxModel(request with { Path = Graphs[(provider, precision)] }, provider, options) { RunLimit = RunLimit };
    }

    public OnnxModel LoadGraph(string name, byte[] graph, ExecutionProvider provider, int threads)
    {
        lock (GraphLoads)
            GraphLoads.Add(name);
        using var options = ProviderSelection.CreateOptions(threads);
        // Bound to host memory; the model says that it is on the GPU.
        return new OnnxModel(name, ReplaceGraph?.Invoke(graph) ?? graph, ExecutionProvider.Cpu, options);
    }
}
