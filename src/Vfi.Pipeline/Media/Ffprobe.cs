using System.ComponentModel;
using System.Diagnostics;

namespace Vfi.Pipeline.Media;

/// <summary>Runs ffprobe. FFMpegCore's analysis lacks time bases, chroma location and side data, so its JSON is read here.</summary>
internal static class Ffprobe
{
    /// <summary>Exit codes above are signals' numbers, added to it.</summary>
    private const int KilledBySignal = 128;

    /// <param name="path">The file; anything a file name may hold.</param>
    /// <param name="arguments">Options in front of the file.</param>
    /// <param name="onLine">Gets each line of stdout.</param>
    /// <param name="cancellationToken">Kills the run.</param>
    /// <returns>Exit code and what was written to stderr.</returns>
    /// <exception cref="VfiException">Not installed (environment); silent for a minute (bad input); killed (failed): what it wrote is not all.</exception>
    public static Task<(int ExitCode, ErrorTail Errors)> RunAsync(
        string path, IEnumerable<string> arguments, Action<string> onLine, CancellationToken cancellationToken) =>
        RunAsync(
            ["-hide_banner", .. Ffmpeg.SafeInput.Split(' '), .. arguments, "-i", "file:" + Path.GetFullPath(path)], path, onLine, cancellationToken);

    /// <summary>Prints the version.</summary>
    public static Task<(int ExitCode, ErrorTail Errors)> RunVersionAsync(Action<string> onLine, CancellationToken cancellationToken) =>
        RunAsync(["-version"], "ffprobe", onLine, cancellationToken);

    private static async Task<(int ExitCode, ErrorTail Errors)> RunAsync(
        IEnumerable<string> arguments, string path, Action<string> onLine, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Path.Combine(Ffmpeg.GuardedFolder, "ffprobe"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var watch = new SilenceWatch(SilenceWatch.Usual);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watch.Token);
        using var process = new Process { StartInfo = start };
        var errors = new ErrorTail();
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not null)
                errors.Add(e.Data);
        };
        try
        {
            await ProcessThread.Run(() => Task.FromResult(process.Start())).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw VfiException.Environment($"ffprobe cannot be started ({e.Message}); install ffmpeg 5.1 or later", e);
        }
        process.BeginErrorReadLine();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(stop.Token).ConfigureAwait(false) is { } line)
            {
                watch.Life();
                onLine(line);
            }
            await process.WaitForExitAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (watch.HasFired)
        {
            throw VfiException.BadInput($"{path}: ffprobe got nothing out of it for {watch.Limit.TotalSeconds:0} seconds; is it a regular, complete file?");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        if (process.ExitCode > KilledBySignal)
            throw VfiException.Failed($"{path}: ffprobe was ended from outside (for lack of memory?); run the same command again");
        return (process.ExitCode, errors);
    }
}
