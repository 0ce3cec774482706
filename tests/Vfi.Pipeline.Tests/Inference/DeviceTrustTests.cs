using Vfi.Pipeline;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Inference;

/// <summary>The graphs around a model on a GPU that makes something else of them.</summary>
public sealed class DeviceTrustTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notes = [];
    private readonly FakeGpu _gpu = new();

    [Fact]
    public async Task Graphs_that_give_the_same_frames_are_used()
    {
        using var set = await OpenAsync(SynthesisPath.Auto);
        Assert.True(set.IsOnDevice);
        Assert.Equal(ExecutionProvider.Cuda, set.Provider);
        Assert.DoesNotContain(_notes, n => n.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Graphs_that_give_other_frames_are_refused_and_the_CPU_does_their_work()
    {
        _gpu.ReplaceGraph = Blur;
        using var set = await OpenAsync(SynthesisPath.Auto);
        Assert.False(set.IsOnDevice);
        Assert.Equal(ExecutionProvider.Cuda, set.Provider);
        Assert.Contains(_notes, n => n.Contains("of a panning pattern differ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Graphs_asked_for_by_name_are_an_error_when_they_are_refused()
    {
        _gpu.ReplaceGraph = Blur;
        var e = await Assert.ThrowsAsync<VfiException>(() => OpenAsync(SynthesisPath.Graph));
        Assert.Equal(FailureKind.Environment, e.Kind);
        Assert.Contains("--synthesis graph", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Graphs_that_the_GPU_cannot_load_leave_their_work_to_the_CPU()
    {
        _gpu.ReplaceGraph = _ => [1, 2, 3];
        using var set = await OpenAsync(SynthesisPath.Auto);
        Assert.False(set.IsOnDevice);
        Assert.Contains(_notes, n => n.Contains("cannot be loaded", StringComparison.Ordinal));
        Assert.Equal(FailureKind.Environment, (await Assert.ThrowsAsync<VfiException>(() => OpenAsync(SynthesisPath.Graph))).Kind);
    }

    [Fact]
    public async Task Graphs_whose_runs_fail_leave_their_work_to_the_CPU_for_every_job_of_the_process()
    {
        _gpu.ReplaceGraph = Break;
        using var sessions = Sessions();
        for (var job = 0; job < 3; job++)
        {
            using var set = await OpenAsync(sessions, SynthesisPath.Auto, width: 160 + 32 * job);
            Assert.False(set.IsOnDevice);
            Assert.Equal(ExecutionProvider.Cuda, set.Provider);
        }
        // Not a second time: a session that fails again makes the process unfit.
        Assert.Single(_gpu.GraphLoads, "synthesize-others-8");
        Assert.Null(sessions.Problem);
        Assert.Equal(3, _notes.Count(n => n.Contains("inference failed (synthesize-others-8)", StringComparison.Ordinal)));
        Assert.Equal(FailureKind.Environment, (await Assert.ThrowsAsync<VfiException>(() => OpenAsync(sessions, SynthesisPath.Graph))).Kind);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A GPU whose sampling is another: the name of the mode in the file, with one of the same length.</summary>
    private static byte[] Blur(byte[] graph)
    {
        var at = graph.AsSpan().IndexOf("bicubic"u8);
        if (at < 0)
            return graph;
        var other = (byte[])graph.Clone();
        "nearest"u8.CopyTo(other.AsSpan(at));
        while ((at = other.AsSpan().IndexOf("bicubic"u8)) >= 0)
            "nearest"u8.CopyTo(other.AsSpan(at));
        return other;
    }

    /// <summary>A GPU on which pictures cannot be made: the graph turns the grids to sample at into what is none (axes 0, 1, 3, 2 for 0, 2, 3, 1).</summary>
    private static byte[] Break(byte[] graph)
    {
        ReadOnlySpan<byte> axes = [0x40, 0, 0x40, 2, 0x40, 3, 0x40, 1], wrong = [0x40, 0, 0x40, 1, 0x40, 3, 0x40, 2];
        var other = (byte[])graph.Clone();
        for (int at; graph.AsSpan().IndexOf("places"u8) >= 0 && (at = other.AsSpan().IndexOf(axes)) >= 0;)
            wrong.CopyTo(other.AsSpan(at));
        return other;
    }

    private ModelSessions Sessions() => new(new InferenceOptions { EngineFolder = Path.Combine(_folder.Path, "engines") }, _gpu);

    private async Task<InterpolatorSet> OpenAsync(SynthesisPath path)
    {
        // Not disposed: the set has leases.
        return await OpenAsync(Sessions(), path);
    }

    private async Task<InterpolatorSet> OpenAsync(ModelSessions sessions, SynthesisPath path, int width = 160)
    {
        // Without operators that must run on the GPU: the fake one is the CPU.
        var (manifest, file) = new ModelCatalogue().Open(Path.Combine(Repository.Root, "tests", "Models", "drift", "model.json"));
        _gpu.Graphs[(ExecutionProvider.Cuda, EnginePrecision.Fp32)] = file;
        var factory = new InterpolatorFactory(manifest.Name, manifest, file, ExecutionProvider.Cuda, ExecutionProvider.Cuda, null);
        return await factory.CreateAsync(
            sessions, new FrameFormat(PixelLayout.All["yuv420p"], new ColourDescription(), width, 96), new InterpolationSettings { Threads = 1, AtOnce = 1, Synthesis = path }, _notes.Add, CancellationToken.None);
    }
}
