using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vfi.Pipeline.Inference;

/// <summary>What makes a GPU's engines its own: an engine runs on what it was built for and on nothing else.</summary>
/// <param name="Gpu">The GPU's name.</param>
/// <param name="ComputeCapability">Such as 8.6.</param>
/// <param name="TensorRt">Version; null: there is none.</param>
/// <param name="OnnxRuntime">Version.</param>
public sealed record DeviceIdentity(string Gpu, string ComputeCapability, string? TensorRt, string OnnxRuntime);

/// <summary>All that an engine depends on.</summary>
public sealed record EngineKey
{
    public required string Model { get; init; }

    public required string ModelSha256 { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required EnginePrecision Precision { get; init; }

    /// <summary>The provider's options that shape the engine.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    public required DeviceIdentity Device { get; init; }

    /// <summary>The engine's folder in the cache: readable, and different for every difference.</summary>
    [JsonIgnore]
    public string FolderName =>
        $"{Model}-{Width}x{Height}-{Precision.ToString().ToLowerInvariant()}-{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, EngineJson.Default.EngineKey)))[..16]}";

    internal static EngineKey Of(InferenceOptions options, ModelRequest request, EnginePrecision precision, DeviceIdentity device) => new()
    {
        Model = request.Name,
        ModelSha256 = request.Sha256,
        Width = request.Width,
        Height = request.Height,
        Precision = precision,
        Settings = TensorRtSettings.ForEngine(options, request, precision),
        Device = device,
    };
}

/// <summary>engine.json: what a folder of the cache holds. Its presence means that the engine is complete.</summary>
public sealed record EngineRecord
{
    public required EngineKey Key { get; init; }

    public required IReadOnlyList<EngineFile> Files { get; init; }

    public required DateTimeOffset Built { get; init; }

    public required double BuildSeconds { get; init; }
}

/// <param name="Name">In the engine's folder.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record EngineFile(string Name, long Length, string Sha256);

[JsonSerializable(typeof(EngineKey))]
[JsonSerializable(typeof(EngineRecord))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
internal sealed partial class EngineJson : JsonSerializerContext;
