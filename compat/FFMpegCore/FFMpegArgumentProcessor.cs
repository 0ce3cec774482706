using System.Diagnostics;
using FFMpegCore.Exceptions;

namespace FFMpegCore;

/// <summary>Runs one ffmpeg command line.</summary>
public sealed class FFMpegArgumentProcessor
{
    // ffmpeg can write without end about a broken file; what explains a failure is at the end.
    private const int ErrorLinesKept = 200;

    private readonly FFMpegArguments _arguments;
    private CancellationToken _cancellation;
    private Action<string>? _onError;

    internal FFMpegArgumentProcessor(FFMpegArguments arguments) => _arguments = arguments;

    public string Arguments => _arguments.Text;

    public FFMpegArgumentProcessor NotifyOnError(Action<string> onError)
    {
        _onError = onError;
        return this;
    }

    /// <summary>Kills ffmpeg when <paramref name="token"/> fires; the run then ends with OperationCanceledException.</summary>
    public FFMpegArgumentProcessor CancellableThrough(CancellationToken token, int timeout = 0)
    {
        _cancellation = token;
        return this;
    }

    /// <summary>Starts ffmpeg on the calling thread and completes when it has ended and its pipes are drained.</summary>
    /// <exception cref="FFMpegException">A non-zero exit code, and <paramref name="throwOnError"/> is set.</exception>
    /// <exception cref="OperationCanceledException">Cancelled through <see cref="CancellableThrough"/>.</exception>
    public async Task<bool> ProcessAsynchronously(bool throwOnError = true, FFOptions? ffMpegOptions = null)
    {
        using var process = new Process { StartInfo = StartInfo(ffMpegOptions ?? new FFOptions()) };
        var errors = new Queue<string>();
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null)
                return;
            lock (errors)
            {
                errors.Enqueue(e.Data);
                if (errors.Count > ErrorLinesKept)
                    errors.Dequeue();
            }
            _onError?.Invoke(e.Data);
        };
        process.Start();
        process.BeginErrorReadLine();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        using (_cancellation.Register(() => Kill(process)))
        {
            var exit = process.WaitForExitAsync(CancellationToken.None);
            var read = _arguments.Sink?.ReadAsync(process.StandardOutput.BaseStream, _cancellation) ?? Task.CompletedTask;
            var write = WriteInput(process, ended.Token);
            var running = new List<Task> { exit, read, write };
            while (running.Count > 0)
            {
                var done = await Task.WhenAny(running).ConfigureAwait(false);
                running.Remove(done);
                if (done == exit)
                    await ended.CancelAsync().ConfigureAwait(false);
                else if (!done.IsCompletedSuccessfully)
                    Kill(process);
            }
            _cancellation.ThrowIfCancellationRequested();
            await Task.WhenAll(read, write).ConfigureAwait(false);
        }
        if (process.ExitCode == 0 || !throwOnError)
            return process.ExitCode == 0;
        lock (errors)
        {
            var text = string.Join('\n', errors);
            throw new FFMpegException(
                FFMpegExceptionType.Process, $"ffmpeg exited with non-zero exit-code ({process.ExitCode} - {text})", null, text);
        }
    }

    private ProcessStartInfo StartInfo(FFOptions options) => new()
    {
        FileName = Path.Combine(options.BinaryFolder, "ffmpeg"),
        Arguments = _arguments.Text,
        WorkingDirectory = options.WorkingDirectory,
        RedirectStandardError = true,
        RedirectStandardInput = _arguments.Source is not null,
        RedirectStandardOutput = _arguments.Sink is not null,
    };

    private async Task WriteInput(Process process, CancellationToken cancellationToken)
    {
        if (_arguments.Source is not { } source)
            return;
        var input = process.StandardInput.BaseStream;
        try
        {
            await source.WriteAsync(input, cancellationToken).ConfigureAwait(false);
            await input.FlushAsync(cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // ffmpeg closed its end; its exit code tells why.
        }
        catch (OperationCanceledException) when (!_cancellation.IsCancellationRequested)
        {
            // ffmpeg ended before it took all of its input; its exit code tells why.
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }
}
