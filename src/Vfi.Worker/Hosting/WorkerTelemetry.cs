using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Vfi.Worker.Hosting;

/// <summary>The worker's instruments; exported over OTLP when the environment names an endpoint.</summary>
internal static class WorkerTelemetry
{
    public const string Name = "vfi.worker";

    public static readonly ActivitySource Source = new(Name);

    public static readonly Meter Meter = new(Name);

    /// <summary>Jobs by outcome (completed, repeated, busy, cancelled, retried, failed, lock_lost, stopped, unsettled), provider and reason.</summary>
    public static readonly Counter<long> Jobs = Meter.CreateCounter<long>("vfi.jobs", "{job}", "Ended attempts by outcome");

    public static readonly Histogram<double> QueueWait = Meter.CreateHistogram<double>("vfi.queue.wait", "s", "From enqueuing to the start of an attempt");

    public static readonly Histogram<double> StageTime = Meter.CreateHistogram<double>("vfi.stage.duration", "s", "Duration of a job's stages");

    public static readonly Histogram<double> Speed = Meter.CreateHistogram<double>("vfi.conversion.speed", "{frame}/s", "Output frames a second");

    public static readonly Counter<long> Frames = Meter.CreateCounter<long>("vfi.frames", "{frame}", "Output frames made");

    public static readonly Counter<long> Bytes = Meter.CreateCounter<long>("vfi.bytes", "By", "Bytes moved from and to the store");

    public static readonly Counter<long> Retries = Meter.CreateCounter<long>("vfi.retries", "{retry}", "Remote calls that were tried again");
}
