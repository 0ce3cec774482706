using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace Vfi.Pipeline.Inference;

/// <summary>A loaded ONNX graph. Runs may overlap. After a failed run it is not used again: GPU errors outlive the run that meets them.</summary>
public sealed class OnnxModel : IDisposable
{
    /// <summary>How long a run may take to end after it was told to.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly string _name;
    private readonly InferenceSession _session;
    private readonly string[] _inputs;
    private readonly string[] _outputs;
    private volatile bool _isHung;
    private volatile string? _failure;

    /// <param name="request">File and names.</param>
    /// <param name="provider">What <paramref name="options"/> were made for.</param>
    /// <param name="options">Of the session; the caller disposes them.</param>
    /// <exception cref="VfiException">Not an ONNX graph, or other inputs and outputs (bad input).</exception>
    /// <exception cref="EngineRefusedException">A GPU cannot take it; the CPU, which is asked last, tells whether the file is to blame.</exception>
    internal OnnxModel(ModelRequest request, ExecutionProvider provider, SessionOptions options)
    {
        (_name, _inputs, _outputs, Provider) = (request.ToString(), [.. request.Inputs], [.. request.Outputs], provider);
        try
        {
            _session = new InferenceSession(request.Path, options);
        }
        catch (OnnxRuntimeException e) when (provider != ExecutionProvider.Cpu)
        {
            throw new EngineRefusedException($"cannot be loaded: {e.Message}", e);
        }
        catch (OnnxRuntimeException e)
        {
            throw VfiException.BadInput($"{request.Path}: ONNX Runtime cannot load this model: {e.Message}", e);
        }
        if (WhyNotOf(request) is not { } why)
            return;
        _session.Dispose();
        throw VfiException.BadInput($"{request.Path}: {why}; see the contract of its kind in the README");
    }

    /// <param name="name">For messages.</param>
    /// <param name="graph">An ONNX file's content.</param>
    /// <param name="provider">What <paramref name="options"/> were made for.</param>
    /// <param name="options">Of the session; the caller disposes them.</param>
    /// <exception cref="VfiException">The provider cannot take it, such as for lack of memory (environment).</exception>
    internal OnnxModel(string name, byte[] graph, ExecutionProvider provider, SessionOptions options)
    {
        try
        {
            _session = new InferenceSession(graph, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw VfiException.Environment($"{name}, a graph around the model, cannot be loaded on {ProviderSelection.Name(provider)}: {e.Message}", e);
        }
        (_name, _inputs, _outputs, Provider) = (name, [.. _session.InputNames], [.. _session.OutputNames], provider);
    }

    public ExecutionProvider Provider { get; }

    /// <summary>A run that takes longer is given up; null: none is.</summary>
    internal TimeSpan? RunLimit { get; init; }

    /// <summary>Why it is not to be used again; null: it may be.</summary>
    internal string? Failure => _failure;

    /// <summary>Whether a run never ended: it still uses its session and what is bound to it.</summary>
    internal bool IsHung => _isHung;

    /// <summary>The inputs' names, in order.</summary>
    internal IReadOnlyList<string> Inputs => _inputs;

    internal IReadOnlyList<string> Outputs => _outputs;

    /// <summary>Runs the graph on pinned or managed memory; outputs are written into the given buffers.</summary>
    /// <param name="inputs">Data and shape by the order of the names; equal outputs of equal inputs need <see cref="AlignedMemory"/>.</param>
    /// <param name="outputs">Buffers and shape by the order of the names.</param>
    /// <exception cref="VfiException">The run failed, such as for lack of memory, or hung (failed).</exception>
    public void Run((Memory<float> Data, long[] Shape)[] inputs, (Memory<float> Data, long[] Shape)[] outputs) => Guard(options =>
    {
        var values = new List<OrtValue>(inputs.Length + outputs.Length);
        try
        {
            foreach (var (data, shape) in inputs.Concat(outputs))
                values.Add(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, data, shape));
            _session.Run(options, _inputs, values.Take(inputs.Length).ToArray(), _outputs, values.Skip(inputs.Length).ToArray());
        }
        finally
        {
            values.ForEach(v => v.Dispose());
        }
    });

    /// <summary>Binds and runs the graph; outputs are complete on return.</summary>
    /// <param name="binding">Of this graph.</param>
    /// <param name="bind">Binds what changes from run to run: inputs are copied to the device then, which can fail and hang like a run.</param>
    /// <exception cref="VfiException">Binding or run failed or hung (failed).</exception>
    internal void Run(OrtIoBinding binding, Action bind) => Guard(options =>
    {
        bind();
        binding.SynchronizeBoundInputs();
        _session.RunWithBinding(options, binding);
        binding.SynchronizeBoundOutputs();
    });

    internal OrtIoBinding CreateBinding() => _session.CreateIoBinding();

    /// <summary>An allocator of the session's provider; the caller disposes it.</summary>
    internal OrtAllocator CreateAllocator(OrtMemoryInfo memory) => new(_session, memory);

    /// <summary>Which provider ran which operators, for a session made with profiling; ends the profiling.</summary>
    internal IReadOnlyList<NodeRun> EndProfiling()
    {
        var file = _session.EndProfiling();
        try
        {
            using var profile = JsonDocument.Parse(File.ReadAllBytes(file));
            return [.. profile.RootElement.EnumerateArray()
                .Where(e => e.TryGetProperty("args", out var a) && a.TryGetProperty("provider", out _))
                .Select(e => e.GetProperty("args"))
                .Select(a => new NodeRun(a.TryGetProperty("op_name", out var op) ? op.GetString()! : "", a.GetProperty("provider").GetString()!))
                .Distinct()];
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Unloads the graph; a hung one stays, since its run still uses it.</summary>
    public void Dispose()
    {
        if (!_isHung)
            _session.Dispose();
    }

    /// <summary>What the graph lacks or has otherwise than the request says; null: nothing.</summary>
    private string? WhyNotOf(ModelRequest request)
    {
        var missing = _inputs.Where(n => !_session.InputMetadata.ContainsKey(n))
            .Concat(_outputs.Where(n => !_session.OutputMetadata.ContainsKey(n))).ToList();
        if (missing.Count > 0)
            return $"the graph lacks {string.Join(", ", missing)}";
        foreach (var (name, expected) in _inputs.Zip([.. request.FrameInputs.Select(_ => request.Channels), 1]))
        {
            if (Contradicts(_session.InputMetadata[name], expected) is { } found)
                return $"the graph's input {name} has {found} channels, not {expected}";
        }
        foreach (var (name, expected) in _outputs.Zip(request.OutputChannels))
        {
            if (Contradicts(_session.OutputMetadata[name], expected) is { } found)
                return $"the graph's output {name} has {found} channels, not {expected}";
        }
        return null;
    }

    /// <summary>How many channels there are, if they are declared and others than expected.</summary>
    private static int? Contradicts(NodeMetadata value, int expected) =>
        value.Dimensions is [_, > 0 and var channels, _, _] && channels != expected ? channels : null;

    private void Guard(Action<RunOptions> run)
    {
        if (_failure is { } before)
            throw VfiException.Failed($"inference failed before ({_name}): {before}");
        var options = new RunOptions();
        try
        {
            if (RunLimit is { } limit)
                Watch(Task.Run(() => run(options)), options, limit);
            else
                run(options);
        }
        catch (OnnxRuntimeException e)
        {
            _failure ??= e.Message;
            throw VfiException.Failed($"inference failed ({_name}): {_failure}", e);
        }
        finally
        {
            if (!_isHung)
                options.Dispose();
        }
    }

    /// <summary>A GPU that hangs never answers: the caller gets its thread back, the run keeps what it uses.</summary>
    private void Watch(Task running, RunOptions options, TimeSpan limit)
    {
        var ended = ((IAsyncResult)running).AsyncWaitHandle;
        if (!ended.WaitOne(limit))
        {
            _failure = $"no answer within {limit.TotalSeconds:0.###} s (Inference:RunTimeoutSeconds)";
            options.Terminate = true;
            _isHung = !ended.WaitOne(Grace);
            if (_isHung)
                throw VfiException.Failed($"inference failed ({_name}): {_failure}, nor {Grace.TotalSeconds:0} s after it was told to stop");
        }
        running.GetAwaiter().GetResult();
        if (_failure is not null)
            throw VfiException.Failed($"inference failed ({_name}): {_failure}");
    }
}

/// <param name="Operator">Its ONNX name.</param>
/// <param name="Provider">ONNX Runtime's name of the provider that ran it.</param>
internal sealed record NodeRun(string Operator, string Provider);
