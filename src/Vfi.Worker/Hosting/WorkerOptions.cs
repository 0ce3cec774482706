using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;

namespace Vfi.Worker.Hosting;

/// <summary>How the worker runs; section <c>Worker</c>.</summary>
internal sealed class WorkerOptions : IValidatableObject
{
    public const string Section = "Worker";

    /// <summary>Jobs at a time; they share the loaded models.</summary>
    [Range(1, 64)]
    public int ParallelJobs { get; set; } = 1;

    /// <summary>Local disk for sources, chunks and results.</summary>
    [Required]
    public string WorkFolder { get; set; } = Path.Combine(Path.GetTempPath(), "vfi-worker");

    /// <summary>Seconds that a termination leaves for the current chunk and its checkpoint.</summary>
    [Range(0, 86400)]
    public double GraceSeconds { get; set; } = 25;

    /// <summary>Attempts without a new checkpointed chunk after which a job is dead-lettered.</summary>
    [Range(1, 1000)]
    public int MaxAttempts { get; set; } = 5;

    /// <summary>Delay before the first retry of a job; doubles with each.</summary>
    [Range(0, 86400)]
    public double RetrySeconds { get; set; } = 10;

    [Range(0, 86400)]
    public double MaxRetrySeconds { get; set; } = 600;

    /// <summary>The delay after an attempt, the first being 1, with a quarter of chance to either side.</summary>
    public TimeSpan RetryDelay(int attempt)
    {
        var seconds = Math.Min(MaxRetrySeconds, RetrySeconds * Math.Pow(2, Math.Min(attempt - 1, 30)));
        return TimeSpan.FromSeconds(seconds * (0.75 + (0.5 * Random.Shared.NextDouble())));
    }

    /// <summary>With --drain: seconds for which the queue must be empty.</summary>
    [Range(0, 86400)]
    public double DrainSeconds { get; set; } = 10;

    /// <summary>Seconds between updates of a job's status document.</summary>
    [Range(0.1, 3600)]
    public double StatusSeconds { get; set; } = 5;

    /// <summary>Free space that stays untouched on the work folder's disk.</summary>
    [Range(0, 1e9)]
    public long MinFreeMegabytes { get; set; } = 512;

    /// <summary>Space that a job needs, as a multiple of its source: the source, chunks, the joined result.</summary>
    [Range(1, 100)]
    public double SpaceFactor { get; set; } = 4;

    /// <summary>Whether finished chunks go to the store, so that another node goes on where this one died.</summary>
    public bool Checkpoint { get; set; } = true;

    /// <summary>Days after which a checkpoint that nothing touched is removed.</summary>
    [Range(0, 3650)]
    public double CheckpointDays { get; set; } = 7;

    /// <summary>Minutes between sweeps for such leftovers.</summary>
    [Range(0.01, 100000)]
    public double SweepMinutes { get; set; } = 60;

    /// <summary>Address of /health/live and /health/ready, such as http://+:8080; empty: none.</summary>
    public string HealthAddress { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (HealthAddress.Length > 0 && !IsAddress(HealthAddress))
            yield return new ValidationResult($"Worker:HealthAddress {HealthAddress}: must be an address such as http://+:8080");
    }

    private static bool IsAddress(string text)
    {
        try
        {
            return BindingAddress.Parse(text) is { PathBase: "", Port: <= 65535 } address && address.Scheme.Equals(Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
