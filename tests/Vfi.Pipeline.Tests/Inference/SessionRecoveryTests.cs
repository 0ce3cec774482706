using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using static Vfi.Pipeline.Inference.EnginePrecision;
using static Vfi.Pipeline.Inference.ExecutionProvider;

namespace Vfi.Tests.Inference;

/// <summary>What becomes of sessions that fail, hang or grow old.</summary>
public sealed class SessionRecoveryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeGpu _gpu = new();

    public SessionRecoveryTests() => _gpu.Graphs[(Cuda, Fp32)] = Graph("hold0");

    [Fact]
    public async Task A_session_that_failed_is_loaded_anew_for_the_next_job()
    {
        using var sessions = Sessions();
        Fail(await OpenAsync(sessions));
        using var second = await OpenAsync(sessions);
        Run(second.Model, 64);
        Assert.Equal(2, _gpu.Loads.Count);
        Assert.Null(sessions.Problem);
    }

    [Fact]
    public async Task A_session_that_fails_again_makes_the_process_unfit()
    {
        using var sessions = Sessions();
        Fail(await OpenAsync(sessions));
        Fail(await OpenAsync(sessions));
        Assert.Contains("restart the process", sessions.Problem, StringComparison.Ordinal);
        var e = await Assert.ThrowsAsync<VfiException>(() => OpenAsync(sessions));
        Assert.Equal(FailureKind.Environment, e.Kind);
    }

    [Fact]
    public async Task A_job_that_succeeds_in_between_clears_the_first_failure()
    {
        using var sessions = Sessions();
        Fail(await OpenAsync(sessions));
        using (var good = await OpenAsync(sessions))
            Run(good.Model, 64);
        Fail(await OpenAsync(sessions));
        Assert.Null(sessions.Problem);
    }

    [Fact]
    public async Task A_failed_session_takes_no_more_runs()
    {
        using var sessions = Sessions();
        using var lease = await OpenAsync(sessions);
        Assert.Throws<VfiException>(() => RunWrongSize(lease.Model));
        Assert.Contains("failed before", Assert.Throws<VfiException>(() => Run(lease.Model, 64)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_hangs_is_given_up()
    {
        // The shipped model on a large picture: seconds of work that a limit of 50 ms does not allow.
        using var options = ProviderSelection.CreateOptions(1);
        using var model = new OnnxModel(Request(Path.Combine(Repository.Root, "models", "motion-s", "motion-s.onnx")), Cuda, options) { RunLimit = TimeSpan.FromMilliseconds(50) };
        var e = Assert.Throws<VfiException>(() => Run(model, 1024));
        Assert.Contains("no answer within 0.05 s (Inference:RunTimeoutSeconds)", e.Message, StringComparison.Ordinal);
        Assert.NotNull(model.Failure);
    }

    [Fact]
    public async Task Sessions_are_loaded_anew_after_the_configured_number_of_jobs()
    {
        using var sessions = Sessions(recycleAfter: 2);
        for (var job = 0; job < 5; job++)
        {
            using var lease = await OpenAsync(sessions);
            Run(lease.Model, 64);
        }
        Assert.Equal(3, _gpu.Loads.Count);
    }

    [Fact]
    public async Task Beyond_what_may_stay_loaded_the_engine_goes_that_was_used_least_recently()
    {
        _gpu.Graphs[(TensorRt, Fp16)] = Graph("hold0");
        using var sessions = new ModelSessions(new InferenceOptions { EngineFolder = Path.Combine(_folder.Path, "engines"), LoadedEngines = 2 }, _gpu);
        Task<ModelLease> Engine(int width) => sessions.OpenAsync(Request(Graph("hold0")) with { Width = width }, TensorRt, TensorRt, _ => { }, CancellationToken.None);
        using var used = await Engine(64);
        foreach (var width in (int[])[128, 192, 192, 128])
            (await Engine(width)).Dispose();
        Assert.Equal(4, _gpu.Loads.Count);
        (await Engine(64)).Dispose();
        Assert.Equal(4, _gpu.Loads.Count);
        Run(used.Model, 64);
    }

    [Fact]
    public async Task A_session_in_use_outlives_its_replacement()
    {
        using var sessions = Sessions(recycleAfter: 1);
        using var old = await OpenAsync(sessions);
        using var young = await OpenAsync(sessions);
        Assert.NotSame(old.Model, young.Model);
        Run(old.Model, 64);
        Run(young.Model, 64);
    }

    [Fact]
    public async Task Who_asks_for_a_provider_by_name_is_not_given_what_another_fell_back_to()
    {
        using var sessions = Sessions();
        _gpu.Graphs[(Cuda, Fp32)] = Graph("broken");
        using (var fallen = await OpenAsync(sessions, Auto))
            Assert.Equal(Cpu, fallen.Model.Provider);
        await Assert.ThrowsAsync<VfiException>(() => OpenAsync(sessions, Cuda));
    }

    public void Dispose() => _folder.Dispose();

    private static string Graph(string name) => Path.Combine(Repository.Root, "tests", "Models", name, name + ".onnx");

    private static void Fail(ModelLease lease)
    {
        Assert.Throws<VfiException>(() => RunWrongSize(lease.Model));
        lease.Dispose();
    }

    private static void Run(OnnxModel model, int side) => Run(model, side, side);

    /// <summary>ONNX Runtime refuses buffers of another size than the graph makes.</summary>
    private static void RunWrongSize(OnnxModel model) => Run(model, 64, 128);

    private static void Run(OnnxModel model, int side, int expected)
    {
        long[] frame = [1, 3, side, side];
        model.Run(
            [(new float[3 * side * side], frame), (new float[3 * side * side], frame), (new[] { 0.5f }, [1, 1, 1, 1])],
            [(new float[expected * expected], [1, 4, expected / 2, expected / 2]), (new float[expected * expected], [1, 1, expected, expected])]);
    }

    private ModelSessions Sessions(int recycleAfter = 0) =>
        new(new InferenceOptions { EngineFolder = Path.Combine(_folder.Path, "engines"), RecycleAfterJobs = recycleAfter }, _gpu);

    private static ModelRequest Request(string path) => new("test", path, "0", 128, 64, ["frame0", "frame1", "timestep"], ["flow", "mask"], 1);

    private static Task<ModelLease> OpenAsync(ModelSessions sessions, ExecutionProvider asked = Cuda)
    {
        var request = Request(Graph("hold0")) with
        {
            Parity = (model, _) => model.Provider == Cuda && new ParityCheck(ModelKind.Motion, new ModelGraph(), 64, 64, new MotionRules(OtherFlows: true, Curved: true)).Compare(model, model) is { } p ? p : null,
        };
        return sessions.OpenAsync(request, asked, Cuda, _ => { }, CancellationToken.None);
    }
}
