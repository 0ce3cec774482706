using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vfi.Pipeline.Interpolation;

/// <summary>What a model's graph gives back.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelKind>))]
public enum ModelKind
{
    /// <summary>Flow and mask on the reduced view; frames are synthesized from the decoded planes.</summary>
    [JsonStringEnumMemberName("motion")]
    Motion,

    /// <summary>The finished frame in RGB.</summary>
    [JsonStringEnumMemberName("frame")]
    Frame,
}

/// <summary>models/NAME/model.json: a model's contract, identity and measured figures.</summary>
public sealed record ModelManifest
{
    public required string Name { get; init; }

    public required ModelKind Kind { get; init; }

    /// <summary>The ONNX file, beside the manifest.</summary>
    public required string File { get; init; }

    /// <summary>Of the ONNX file, in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Widths and heights are padded to multiples of this.</summary>
    public int Alignment { get; init; } = 32;

    /// <summary>By the frame's shorter side: up to so many lines, reduce by this divisor. Ascending; the last has no limit.</summary>
    public IReadOnlyList<MotionScale> MotionScale { get; init; } = [new(576, 1), new(1440, 2), new(null, 4)];

    public int Opset { get; init; }

    public long Parameters { get; init; }

    public string? Licence { get; init; }

    public string? TrainedOn { get; init; }

    /// <summary>Measured figures, free in form.</summary>
    public JsonElement? Figures { get; init; }

    /// <summary>Full-size pixels a view pixel for frames of this size.</summary>
    public int DivisorFor(int width, int height) => Kind == ModelKind.Frame ? 1
        : MotionScale.First(s => s.UpToLines is null || Math.Min(width, height) <= s.UpToLines).Divisor;
}

/// <param name="UpToLines">The shorter side; null: any.</param>
/// <param name="Divisor">1, 2, 4 or 8.</param>
public sealed record MotionScale(int? UpToLines, int Divisor);
