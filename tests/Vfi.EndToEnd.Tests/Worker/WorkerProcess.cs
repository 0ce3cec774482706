using System.Collections.Concurrent;
using System.Diagnostics;

namespace Vfi.Tests.Worker;

/// <summary>A running <c>vfi worker</c> and what it has said.</summary>
public sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    public WorkerProcess(JobSite site, params string[] arguments)
        : this(VfiCommand.Start(["worker", .. site.Settings, .. arguments]))
    {
    }

    public WorkerProcess(JobSite site, IReadOnlyDictionary<string, string> environment, params string[] arguments)
        : this(VfiCommand.Start(environment, ["worker", .. site.Settings, .. arguments]))
    {
    }

    private WorkerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Log => string.Join('\n', _lines);

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>Of another program that runs the worker.</summary>
    public static WorkerProcess Wrapped(string program, params string[] arguments) =>
        new(Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!);

    public async Task<int> ExitAsync(double seconds = 120)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"the worker has not ended within {seconds} s:\n{Log}");
        }
        return _process.ExitCode;
    }

    public void Signal(string name) => Tool.Run("kill", $"-{name}", $"{_process.Id}");

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}
