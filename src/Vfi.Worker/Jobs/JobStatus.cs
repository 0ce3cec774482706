using System.Text.Json.Serialization;

namespace Vfi.Worker.Jobs;

/// <summary>What a client sees of a job; <c>status/&lt;id&gt;.json</c> in the state container.</summary>
internal sealed record JobStatus
{
    /// <summary>What <see cref="State"/> may be.</summary>
    public static IReadOnlyList<string> States { get; } = ["running", "waiting", "completed", "failed", "cancelled"];

    public required string Id { get; init; }

    /// <summary>running, waiting (for a retry), completed, failed or cancelled.</summary>
    public required string State { get; init; }

    /// <summary>Whether a message for the job has nothing to do any more. A job that failed may be sent again.</summary>
    [JsonIgnore]
    public bool IsOver => State is "completed" or "cancelled";

    /// <summary>What happens now: downloading, converting, uploading and so on.</summary>
    public string? Stage { get; init; }

    /// <summary>Null: cancelled before a worker had begun it.</summary>
    public JobRequest? Request { get; init; }

    /// <summary>Of the request.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The attempt that may write this document.</summary>
    public required string Owner { get; init; }

    public string? Output { get; init; }

    public double Percent { get; init; }

    public double? FramesPerSecond { get; init; }

    public int Attempts { get; init; }

    /// <summary>Attempts since a chunk was last added to the checkpoint.</summary>
    public int AttemptsWithoutProgress { get; init; }

    public DateTimeOffset? Enqueued { get; init; }

    public DateTimeOffset Started { get; init; }

    public DateTimeOffset Updated { get; init; }

    public DateTimeOffset? Finished { get; init; }

    public JobFigures? Figures { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? Error { get; init; }

    /// <summary>The dead letter's reason, or the kind of the transient failure.</summary>
    public string? Reason { get; init; }
}

/// <summary>What a finished conversion did.</summary>
internal sealed record JobFigures(
    long Frames, string Fps, int Width, int Height, double DurationSeconds, string Model, string Provider, string Encoder,
    long Interpolated, long HeldAtCut, long HeldStill, long Bytes, double ConvertSeconds);

/// <summary>The message that tells a job's end; its correlation id is the job's, its message id that of the job's message and <c>-result</c>.</summary>
internal sealed record JobResult
{
    public required string Id { get; init; }

    /// <summary>completed, failed or cancelled.</summary>
    public required string State { get; init; }

    public required string Video { get; init; }

    public string? Output { get; init; }

    public int Attempts { get; init; }

    public JobFigures? Figures { get; init; }

    public string? Reason { get; init; }

    public string? Error { get; init; }

    public DateTimeOffset Finished { get; init; }
}
