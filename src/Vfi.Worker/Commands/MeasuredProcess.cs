using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Vfi.Pipeline;

namespace Vfi.Worker.Commands;

/// <summary>What a run cost, its descendants included.</summary>
/// <param name="Seconds">Wall time.</param>
/// <param name="CpuSeconds">User and system time.</param>
/// <param name="PeakBytes">The most resident memory of all its processes together, sampled.</param>
internal readonly record struct RunCost(double Seconds, double CpuSeconds, long PeakBytes);

/// <summary>Runs a program and measures what it and its descendants use (Linux).</summary>
internal static partial class MeasuredProcess
{
    private const int ChildrenOnly = -1;

    /// <exception cref="VfiException">A non-zero exit code (failed).</exception>
    public static async Task<RunCost> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var cpu = ChildrenCpuSeconds();
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw VfiException.Environment($"{program} cannot be started");
        using var killOnCancel = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var exit = process.WaitForExitAsync(cancellationToken);
        long peak = 0;
        while (!exit.IsCompleted)
        {
            peak = Math.Max(peak, TreeBytes(process.Id));
            await Task.WhenAny(exit, Task.Delay(50, cancellationToken)).ConfigureAwait(false);
        }
        await exit.ConfigureAwait(false);
        await output.ConfigureAwait(false);
        var seconds = watch.Elapsed.TotalSeconds;
        return process.ExitCode == 0 ? new RunCost(seconds, ChildrenCpuSeconds() - cpu, peak)
            : throw VfiException.Failed($"{program} failed: {(await errors.ConfigureAwait(false)).Trim().Split('\n')[^1]}");
    }

    private static long TreeBytes(int root)
    {
        var children = new Dictionary<int, List<int>>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && Stat(id) is { } parent)
                (children.TryGetValue(parent, out var list) ? list : children[parent] = []).Add(id);
        }
        long bytes = 0;
        var open = new Stack<int>([root]);
        while (open.TryPop(out var id))
        {
            bytes += ResidentBytes(id);
            foreach (var child in children.GetValueOrDefault(id) ?? [])
                open.Push(child);
        }
        return bytes;
    }

    private static int? Stat(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long ResidentBytes(int id)
    {
        try
        {
            return long.Parse(File.ReadAllText($"/proc/{id}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static double ChildrenCpuSeconds()
    {
        if (GetResourceUsage(ChildrenOnly, out var usage) != 0)
            throw VfiException.Environment("getrusage failed; vfi bench needs Linux");
        return usage.UserSeconds + usage.SystemSeconds + (usage.UserMicroseconds + usage.SystemMicroseconds) / 1e6;
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, out ResourceUsage usage);

    /// <summary>struct rusage of 64-bit Linux; only the times are read.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private struct ResourceUsage
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;
    }
}
