using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using static Vfi.Pipeline.Inference.EnginePrecision;
using static Vfi.Pipeline.Inference.ExecutionProvider;

namespace Vfi.Tests.Inference;

/// <summary>The way from TensorRT to what can be trusted, with a GPU whose results the test chooses.</summary>
public sealed class ModelSessionsTests : IDisposable
{
    private static readonly string Good = Graph("hold0");
    private static readonly string NotNumbers = Graph("broken");
    private static readonly string Different = Path.Combine(Repository.Root, "models", "motion-s", "motion-s.onnx");

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notes = [];
    private readonly FakeGpu _gpu = new();

    public ModelSessionsTests()
    {
        foreach (var key in ((ExecutionProvider, EnginePrecision)[])[(TensorRt, Fp16), (TensorRt, Fp32), (Cuda, Fp32)])
            _gpu.Graphs[key] = Good;
    }

    [Fact]
    public async Task A_good_engine_is_built_once_and_loaded_by_the_next_process()
    {
        Assert.Equal(TensorRt, await OpenAsync(Auto, TensorRt));
        Assert.Equal(TensorRt, await OpenAsync(Auto, TensorRt));
        Assert.Equal([(TensorRt, Fp16, true), (TensorRt, Fp16, false)], _gpu.Loads);
    }

    [Fact]
    public async Task An_engine_that_gives_no_numbers_is_built_again_in_float32()
    {
        _gpu.Graphs[(TensorRt, Fp16)] = NotNumbers;
        Assert.Equal(TensorRt, await OpenAsync(TensorRt, TensorRt));
        Assert.Equal([(TensorRt, Fp16, true), (TensorRt, Fp32, true)], _gpu.Loads);
        Assert.Contains(_notes, n => n.Contains("not numbers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Engines_that_differ_from_the_CPU_are_refused_and_CUDA_is_used()
    {
        _gpu.Graphs[(TensorRt, Fp16)] = _gpu.Graphs[(TensorRt, Fp32)] = Different;
        Assert.Equal(Cuda, await OpenAsync(Auto, TensorRt));
        Assert.Contains(_notes, n => n.Contains("of a panning pattern differ from the CPU's", StringComparison.Ordinal));
        Assert.Empty(Directory.GetDirectories(Options().EngineFolder));
    }

    [Fact]
    public async Task Where_nothing_on_the_GPU_can_be_trusted_the_CPU_is_used()
    {
        _gpu.Graphs[(TensorRt, Fp16)] = _gpu.Graphs[(TensorRt, Fp32)] = _gpu.Graphs[(Cuda, Fp32)] = NotNumbers;
        Assert.Equal(Cpu, await OpenAsync(Auto, TensorRt));
    }

    [Fact]
    public async Task A_model_that_the_GPU_cannot_load_is_no_bad_input()
    {
        var garbage = Path.Combine(_folder.Path, "garbage.onnx");
        File.WriteAllText(garbage, "no graph");
        _gpu.Graphs[(TensorRt, Fp16)] = _gpu.Graphs[(TensorRt, Fp32)] = _gpu.Graphs[(Cuda, Fp32)] = garbage;
        Assert.Equal(Cpu, await OpenAsync(Auto, TensorRt));
        Assert.Equal(FailureKind.Environment, (await Assert.ThrowsAsync<VfiException>(() => OpenAsync(Cuda, Cuda))).Kind);
        // What the CPU cannot load either is the file's fault.
        Assert.Equal(FailureKind.BadInput, (await Assert.ThrowsAsync<VfiException>(() => OpenAsync(Auto, TensorRt, garbage))).Kind);
    }

    [Fact]
    public async Task A_provider_asked_for_by_name_is_that_provider_or_an_error()
    {
        _gpu.Graphs[(TensorRt, Fp16)] = _gpu.Graphs[(TensorRt, Fp32)] = NotNumbers;
        var e = await Assert.ThrowsAsync<VfiException>(() => OpenAsync(TensorRt, TensorRt));
        Assert.Equal(FailureKind.Environment, e.Kind);
        Assert.Contains("tensorrt fp16", e.Message, StringComparison.Ordinal);
        Assert.Contains("tensorrt fp32", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_that_silently_runs_elsewhere_is_refused()
    {
        // Equal results; only the place differs: the fake GPU is the CPU.
        _gpu.Graphs[(TensorRt, Fp16)] = _gpu.Graphs[(TensorRt, Fp32)] = Different;
        var e = await Assert.ThrowsAsync<VfiException>(() => OpenAsync(TensorRt, TensorRt, Different));
        Assert.Contains("Conv runs on CPUExecutionProvider", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Small_operators_that_run_elsewhere_are_said_by_where_they_run()
    {
        Assert.Equal(Cuda, await OpenAsync(Cuda, Cuda));
        Assert.Matches(@"^test 128x64: small operators that do not run on the GPU: \w+(, \w+)* \(CPUExecutionProvider\)$", Assert.Single(_notes));
    }

    [Theory]
    [InlineData(EngineMiss.Fail)]
    [InlineData(EngineMiss.Fallback)]
    public async Task Without_an_engine_nothing_is_built_where_that_is_not_wanted(EngineMiss miss)
    {
        var opening = OpenAsync(Auto, TensorRt, miss: miss);
        if (miss == EngineMiss.Fail)
            Assert.Contains("vfi warm", (await Assert.ThrowsAsync<VfiException>(() => opening)).Message, StringComparison.Ordinal);
        else
            Assert.Equal(Cuda, await opening);
        Assert.DoesNotContain(_gpu.Loads, l => l.Provider == TensorRt);
    }

    [Fact]
    public async Task One_process_loads_an_engine_once_however_many_jobs_want_it()
    {
        using var sessions = new ModelSessions(Options(), _gpu);
        var models = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => sessions.OpenAsync(Request(Good), Auto, TensorRt, _notes.Add, CancellationToken.None)));
        Assert.Single(models.Select(m => m.Model).Distinct());
        Assert.Single(_gpu.Loads);
    }

    public void Dispose() => _folder.Dispose();

    private static string Graph(string name) => Path.Combine(Repository.Root, "tests", "Models", name, name + ".onnx");

    private static ModelRequest Request(string path) =>
        new("test", path, "0", 128, 64, ["frame0", "frame1", "timestep"], ["flow", "mask"], 1) { Parity = new ParityCheck(ModelKind.Motion, new ModelGraph(), 128, 64, new MotionRules(OtherFlows: true, Curved: true)).Compare };

    private InferenceOptions Options(EngineMiss miss = EngineMiss.Build) => new() { EngineFolder = Path.Combine(_folder.Path, "engines"), OnEngineMiss = miss };

    private async Task<ExecutionProvider> OpenAsync(
        ExecutionProvider asked, ExecutionProvider chosen, string? reference = null, EngineMiss miss = EngineMiss.Build)
    {
        using var sessions = new ModelSessions(Options(miss), _gpu);
        using var lease = await sessions.OpenAsync(Request(reference ?? Good), asked, chosen, _notes.Add, CancellationToken.None);
        return lease.Model.Provider;
    }
}
