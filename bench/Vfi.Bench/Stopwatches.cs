using System.Diagnostics;

namespace Vfi.Bench;

/// <summary>Timing that a busy machine disturbs little.</summary>
internal static class Stopwatches
{
    /// <summary>Median milliseconds of one call, after warm-up.</summary>
    public static double Median(int calls, Action action)
    {
        for (var i = 0; i < Math.Max(3, calls / 4); i++)
            action();
        var times = new double[calls];
        for (var i = 0; i < calls; i++)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(times);
        return times[calls / 2];
    }
}
