using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Finds models by name in folders, or by the path of a model.json, and checks their files.</summary>
public sealed class ModelCatalogue
{
    public const string Default = "motion-s";

    /// <summary>Built-in baselines that need no model file.</summary>
    public static readonly IReadOnlyList<string> BuiltIn = ["hold", "blend"];

    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    private readonly string _folder;

    /// <param name="folder">The folder that holds models; null: the one beside the program.</param>
    public ModelCatalogue(string? folder = null) => _folder = folder ?? Path.Combine(AppContext.BaseDirectory, "models");

    /// <summary>Names of the models in the folder, in order.</summary>
    public IReadOnlyList<string> Names => !Directory.Exists(_folder) ? []
        : [.. Directory.EnumerateDirectories(_folder).Where(d => File.Exists(Path.Combine(d, "model.json")))
            .Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    /// <summary>Reads a manifest and checks its file's hash.</summary>
    /// <param name="name">A model's name, or the path of a model.json or of the folder that holds it.</param>
    /// <returns>The manifest and the path of the ONNX file.</returns>
    /// <exception cref="VfiException">Unknown, unreadable, or the file is not the one that the manifest names (bad input).</exception>
    public (ModelManifest Manifest, string OnnxPath) Open(string name)
    {
        var path = Locate(name);
        ModelManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<ModelManifest>(File.ReadAllText(path), Json)
                ?? throw new JsonException("the manifest is empty");
        }
        catch (JsonException e)
        {
            throw VfiException.BadInput($"{path}: not a valid model manifest: {e.Message}", e);
        }
        if (manifest.MotionScale.Count == 0 || manifest.MotionScale[^1].UpToLines is not null || manifest.Alignment is < 1 or > 512
            || manifest.MotionScale.Any(s => s.Divisor is not (1 or 2 or 4 or 8)))
        {
            throw VfiException.BadInput($"{path}: alignment must be 1 to 512, divisors 1, 2, 4 or 8, and the last motionScale without upToLines");
        }
        if (manifest.Graph is not ({ Channels: null, Inputs.Count: 3 } or { Channels: 7 or 11, Inputs.Count: 1 }) || (manifest.Graph.Channels is not null && manifest.Kind != ModelKind.Frame))
            throw VfiException.BadInput($"{path}: graph must name three inputs, or one of 7 or 11 channels for a model of kind frame");
        if (manifest.Graph.Outputs is { } outputs && outputs.Count != ModelGraph.OutputChannels(manifest.Kind).Count)
            throw VfiException.BadInput($"{path}: graph must name {(manifest.Kind == ModelKind.Frame ? "one output" : "two outputs, flow and mask")}, and names {outputs.Count}");
        var onnx = Path.Combine(Path.GetDirectoryName(path)!, manifest.File);
        if (!File.Exists(onnx))
            throw VfiException.BadInput($"{path}: the model file {manifest.File} is missing; restore it from where the model came from");
        using var stream = File.OpenRead(onnx);
        var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        if (hash != manifest.Sha256)
        {
            throw VfiException.BadInput(
                $"{onnx}: SHA-256 is {hash}, but model.json says {manifest.Sha256}: the file is damaged or another model; restore it");
        }
        return (manifest, onnx);
    }

    private string Locate(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal) || name.EndsWith(".json", StringComparison.Ordinal))
        {
            var given = Directory.Exists(name) ? Path.Combine(name, "model.json") : name;
            if (File.Exists(given))
                return Path.GetFullPath(given);
        }
        else if (Names.Contains(name))
        {
            return Path.Combine(_folder, name, "model.json");
        }
        throw VfiException.BadInput(
            $"--model {name}: no such model; there are {string.Join(", ", Names.Concat(BuiltIn))} (or give the path of a model.json)");
    }
}
