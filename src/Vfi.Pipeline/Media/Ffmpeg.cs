using System.Globalization;
using FFMpegCore;
using FFMpegCore.Exceptions;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>What every ffmpeg run has in common: guarded executable, time-out on silence, errors in one line.</summary>
internal static class Ffmpeg
{
    /// <summary>Options in front of every input: no prompts, only files and our pipes, whatever a playlist asks for.</summary>
    public const string Quiet = "-hide_banner -nostdin -v error";

    public const string SafeInput = "-protocol_whitelist file,pipe";

    /// <summary>The encoder counts in ticks of so many seconds. Where they are the source's, ffmpeg 5.1 (-1) and 9 (demux) have no word in common.</summary>
    public static string Ticks(Rational timeBase) => string.Create(
        CultureInfo.InvariantCulture, $"-enc_time_base {timeBase.Numerator}:{timeBase.Denominator}");

    /// <summary>Holds wrappers of ffmpeg and ffprobe that end with their parent.</summary>
    public static readonly string GuardedFolder = Path.Combine(AppContext.BaseDirectory, "guarded");

    /// <summary>A file as an argument inside double quotes: the file protocol, whatever colons or percent signs the name has.</summary>
    public static string FileArgument(string path) => Escape("file:" + Path.GetFullPath(path));

    /// <summary>Has an input decoded from the keyframe at or before a time on; 0: from its beginning.</summary>
    public static string SeekNear(Rational time) => time > 0 ? string.Create(CultureInfo.InvariantCulture, $" -noaccurate_seek -ss {time.Value:0.000}") : "";

    /// <summary>Escapes text for a double-quoted argument.</summary>
    public static string Escape(string text)
    {
        // Backslashes count only in front of a quote; a name that ends in one would swallow the closing quote.
        var escaped = new System.Text.StringBuilder();
        var slashes = 0;
        foreach (var c in text)
        {
            if (c == '"')
                escaped.Append('\\', slashes + 1);
            slashes = c == '\\' ? slashes + 1 : 0;
            escaped.Append(c);
        }
        return escaped.Append('\\', slashes).ToString();
    }

    public static string Quote(string text) => $"\"{Escape(text)}\"";

    /// <summary>What ffmpeg says when the last of a file could not be written; up to version 6.0 it exits with 0 all the same.</summary>
    private static readonly string[] Unwritten = ["Error writing trailer", "Error closing file"];

    /// <summary>Runs ffmpeg to its end.</summary>
    /// <param name="processor">The command.</param>
    /// <param name="what">What is being done, for the message.</param>
    /// <param name="watch">Kills the run when nothing has moved for too long; null: no limit.</param>
    /// <param name="cancellationToken">Kills the run.</param>
    /// <param name="folder">What relative names are relative to.</param>
    /// <returns>The last lines that ffmpeg wrote to stderr, although it succeeded.</returns>
    /// <exception cref="FfmpegFailedException">A non-zero exit code, a file that is not whole, or silence.</exception>
    /// <exception cref="VfiException">ffmpeg is not installed (environment).</exception>
    public static Task<IReadOnlyList<string>> RunAsync(
        FFMpegArgumentProcessor processor, string what, SilenceWatch? watch, CancellationToken cancellationToken, string folder = "") =>
        RunAsync(processor, what, null, watch, cancellationToken, folder);

    /// <summary>Runs ffmpeg to its end, with a stream to or from it.</summary>
    /// <param name="processor">The command; names the socket.</param>
    /// <param name="what">What is being done, for the message.</param>
    /// <param name="socket">Run and left to the caller; what goes wrong in its transfer ends ffmpeg and is thrown.</param>
    /// <param name="watch">Kills the run when nothing has moved for too long; null: no limit.</param>
    /// <param name="cancellationToken">Kills the run.</param>
    /// <param name="folder">What relative names are relative to.</param>
    /// <returns>The last lines that ffmpeg wrote to stderr, although it succeeded.</returns>
    /// <exception cref="FfmpegFailedException">A non-zero exit code, a file that is not whole, or silence.</exception>
    /// <exception cref="VfiException">ffmpeg is not installed (environment).</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(
        FFMpegArgumentProcessor processor, string what, FfmpegSocket? socket, SilenceWatch? watch, CancellationToken cancellationToken, string folder = "")
    {
        var errors = new ErrorTail();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watch?.Token ?? default);
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        try
        {
            processor = processor.NotifyOnStandardError(errors.Add).CancellableThrough(out var end, TimeSpan.Zero);
            using var ending = kill.Token.Register(() => End(end));
            var process = ProcessThread.Run(() => processor.ProcessAsynchronously(true, new FFOptions { BinaryFolder = GuardedFolder, WorkingDirectory = folder }));
            var transfer = socket?.RunAsync(ended.Token, stop.Token) ?? Task.CompletedTask;
            if (await Task.WhenAny(process, transfer).ConfigureAwait(false) == transfer && !transfer.IsCompletedSuccessfully)
                await kill.CancelAsync().ConfigureAwait(false);
            await ((Task)process).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ended.CancelAsync().ConfigureAwait(false);
            await transfer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.Token.ThrowIfCancellationRequested();
            await transfer.ConfigureAwait(false);
            await process.ConfigureAwait(false);
            if (errors.Lines.Any(l => Unwritten.Any(u => l.Contains(u, StringComparison.Ordinal))))
                throw new FfmpegFailedException(what, errors.Summary!, errors.Lines);
            return errors.Lines;
        }
        catch (OperationCanceledException) when (watch is { HasFired: true } && !cancellationToken.IsCancellationRequested)
        {
            throw new FfmpegFailedException(what, $"nothing happened for {watch.Limit.TotalSeconds:0} seconds", errors.Lines);
        }
        catch (FFMpegProcessException e)
        {
            throw new FfmpegFailedException(what, errors.Summary ?? "ffmpeg was ended from outside (for lack of memory?)", errors.Lines, e);
        }
        catch (FFMpegException e)
        {
            throw VfiException.Environment($"ffmpeg cannot be started ({e.Message}); install ffmpeg 5.1 or later", e);
        }
    }

    /// <summary>The first line that says something of what ffmpeg wrote although it succeeded; null: none.</summary>
    public static string? Complaint(IReadOnlyList<string> lines) => lines.FirstOrDefault(l => !string.IsNullOrWhiteSpace(l));

    /// <summary>Ends ffmpeg. When it has just ended by itself, FFMpegCore's request to quit finds nobody, which would be thrown at whoever cancels.</summary>
    private static void End(Action end)
    {
        try
        {
            end();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // Its standard input is closed, or FFMpegCore has put the run away.
        }
    }
}

/// <summary>ffmpeg ended with an error.</summary>
internal sealed class FfmpegFailedException(string what, string reason, IReadOnlyList<string> lines, Exception? inner = null)
    : Exception($"{what}: {reason}", inner)
{
    public string Reason { get; } = reason;

    /// <summary>ffmpeg found nothing wrong: something ended it, or it hung. Another try may succeed.</summary>
    public bool IsUnexplained => Lines.Count == 0;

    public IReadOnlyList<string> Lines { get; } = lines;
}
