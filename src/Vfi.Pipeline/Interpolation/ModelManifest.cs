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

    /// <summary>How the graph takes and gives what the kind says.</summary>
    public ModelGraph Graph { get; init; } = new();

    public int Opset { get; init; }

    public long Parameters { get; init; }

    public string? Licence { get; init; }

    public string? TrainedOn { get; init; }

    /// <summary>Measured figures, free in form.</summary>
    public JsonElement? Figures { get; init; }

    /// <summary>Full-size pixels a view pixel for frames of this size. Models that make pictures make them whole.</summary>
    public int DivisorFor(int width, int height, MotionSize size) => Kind == ModelKind.Frame ? 1
        : !size.OfTable ? size.Divisor
        : size.Divisor * MotionScale.First(s => s.UpToLines is null || Math.Min(width, height) <= s.UpToLines).Divisor;
}

/// <summary>Names and shapes of a graph that differ from the kind's own.</summary>
public sealed record ModelGraph
{
    /// <summary>Both frames and the timestep; or one name, of all of them in one tensor: see <see cref="Channels"/>.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = ["frame0", "frame1", "timestep"];

    /// <summary>Null: the kind's (frame; flow and mask).</summary>
    public IReadOnlyList<string>? Outputs { get; init; }

    /// <summary>Channels of the outputs of a kind, in order.</summary>
    internal static IReadOnlyList<int> OutputChannels(ModelKind kind) => kind == ModelKind.Frame ? [3] : [4, 1];

    /// <summary>Of one tensor: 7 (both frames, a plane of the timestep) or 11 (and planes of x and y from -1 to 1, of 2 / (w - 1)
    /// and of 2 / (h - 1)), as the RIFE exports of the vs-mlrt project have; null: separate inputs.</summary>
    public int? Channels { get; init; }

    /// <summary>The one width that the graph takes; null: any multiple of the alignment.</summary>
    public int? Width { get; init; }

    /// <summary>The one height.</summary>
    public int? Height { get; init; }
}

/// <param name="UpToLines">The shorter side; null: any.</param>
/// <param name="Divisor">1, 2, 4 or 8.</param>
public sealed record MotionScale(int? UpToLines, int Divisor);
