using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vfi.Worker.Jobs;

/// <summary>A job as it was sent; the message's JSON object. See docs/job.schema.json.</summary>
internal sealed record JobRequest
{
    /// <summary><c>container/blob</c>, or a URL of the store's account.</summary>
    public required string Video { get; init; }

    /// <summary>Output frames per source frame: a decimal or a fraction. Wins over <see cref="OutFps"/>.</summary>
    public string? InterpRatio { get; init; }

    /// <summary>Output frames per second: a decimal or a fraction.</summary>
    public string? OutFps { get; init; }

    /// <summary><c>container/blob</c>.</summary>
    public string? Output { get; init; }

    public string? Id { get; init; }

    public string? Model { get; init; }

    public string? Encoder { get; init; }

    public int? Crf { get; init; }

    public string? Preset { get; init; }

    public double? SceneCut { get; init; }

    /// <summary>auto, or a number of frames.</summary>
    public string? Repeats { get; init; }

    /// <summary>auto, marked, progressive, tff, bff or telecine.</summary>
    public string? Scan { get; init; }

    /// <summary>frames or fields.</summary>
    public string? Deinterlace { get; init; }

    /// <summary>Tells whether another job of the same id is the same job.</summary>
    public string Fingerprint() => Convert.ToHexStringLower(SHA256.HashData(
        JsonSerializer.SerializeToUtf8Bytes(this with { Id = null }, JobJson.Default.JobRequest)));
}

[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(JobStatus))]
[JsonSerializable(typeof(JobResult))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
internal sealed partial class JobJson : JsonSerializerContext;
