namespace Vfi.Pipeline.Inference;

/// <summary>A model to be loaded for frames of one size.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Path">The ONNX file.</param>
/// <param name="Sha256">Of that file.</param>
/// <param name="Width">Of the padded view, pixels.</param>
/// <param name="Height">Of the padded view, pixels.</param>
/// <param name="Inputs">Names the graph must have, the two frames first.</param>
/// <param name="Outputs">Names the graph must have.</param>
/// <param name="Threads">Threads of one inference on the CPU.</param>
public sealed record ModelRequest(
    string Name, string Path, string Sha256, int Width, int Height, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, int Threads)
{
    /// <summary>Of each input whose size is the view's.</summary>
    internal int Channels { get; init; } = 3;

    /// <summary>Of each output, in order; empty: not known.</summary>
    internal IReadOnlyList<int> OutputChannels { get; init; } = [];

    /// <summary>The inputs whose size is the view's.</summary>
    internal IEnumerable<string> FrameInputs => Inputs.Take(2);

    /// <summary>Says why a model on a GPU cannot be trusted, given the same model on the CPU; null: it can.</summary>
    internal Func<OnnxModel, OnnxModel, string?>? Parity { get; init; }

    /// <summary>A name without arguments, for logs.</summary>
    public override string ToString() => $"{Name} {Width}x{Height}";
}
