using System.Text.Json.Serialization;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Pipeline.Chunks;

/// <summary>What a work folder holds: bound to one input and one set of options.</summary>
public sealed record ChunkManifest
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Identity of the input: size, contents of both ends, timestamps.</summary>
    public required string Input { get; init; }

    /// <summary>Every option that decides the frames or their encoding, by name.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>Finished chunks by index.</summary>
    public SortedDictionary<int, ChunkRecord> Chunks { get; init; } = [];

    /// <summary>Why this manifest cannot serve another run; null: it can.</summary>
    public string? DifferenceTo(ChunkManifest other)
    {
        if (Version != other.Version)
            return $"the work folder is of version {Version}, not {other.Version}";
        if (Input != other.Input)
            return "the input is another file or has changed";
        var changed = Options.Keys.Union(other.Options.Keys).Order(StringComparer.Ordinal)
            .Where(k => Options.GetValueOrDefault(k) != other.Options.GetValueOrDefault(k))
            .Select(k => $"{k} was {Options.GetValueOrDefault(k) ?? "not set"}, now {other.Options.GetValueOrDefault(k) ?? "not set"}").ToList();
        return changed.Count == 0 ? null : string.Join("; ", changed);
    }
}

/// <summary>A finished chunk.</summary>
/// <param name="File">Its name in the work folder.</param>
/// <param name="First">First output frame.</param>
/// <param name="Count">Number of frames.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Sha256">Of the file, in lower-case hexadecimal.</param>
/// <param name="Frames">Where its frames come from.</param>
public sealed record ChunkRecord(string File, long First, long Count, long Bytes, string Sha256, FrameCounts Frames);

[JsonSerializable(typeof(ChunkManifest))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class ChunkManifestJson : JsonSerializerContext;
