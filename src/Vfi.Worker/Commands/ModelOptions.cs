using System.CommandLine;
using System.Globalization;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Timing;

namespace Vfi.Worker.Commands;

/// <summary>The options about models that several commands share.</summary>
internal static class ModelOptions
{
    public static readonly Option<string> Model = new("--model")
    {
        Description = "A model's name (see vfi doctor), hold (nearest frame), blend (cross-fade), or the path of a model.json.",
        DefaultValueFactory = _ => ModelCatalogue.Default,
    };

    public static readonly Option<string> Provider = new("--provider")
    {
        Description = "Where the model runs: auto, tensorrt, cuda or cpu.",
        DefaultValueFactory = _ => "auto",
    };

    public static readonly Option<string> MotionScale = new("--motion-scale")
    {
        Description = "Size at which motion is estimated: auto (by the number of lines), half of that (faster, a little worse), 1, 1/2, 1/4 or 1/8.",
        DefaultValueFactory = _ => "auto",
    };

    public static readonly Option<string?> Synthesis = new("--synthesis")
    {
        Description = "What makes views and planes: graph (ONNX, where the model runs), simd (the CPU) or auto (default: Inference:Synthesis).",
    };

    /// <exception cref="VfiException">Another word (bad input).</exception>
    public static SynthesisPath? ParseSynthesis(string? text) => text switch
    {
        null => null,
        "auto" => SynthesisPath.Auto,
        "graph" => SynthesisPath.Graph,
        "simd" => SynthesisPath.Simd,
        _ => throw VfiException.BadInput($"--synthesis {text}: must be graph, simd or auto"),
    };

    /// <param name="text">From the command line or the configuration.</param>
    /// <param name="option">What gave it.</param>
    /// <exception cref="VfiException">Another word (bad input).</exception>
    public static ExecutionProvider ParseProvider(string text, string option = "--provider") => text switch
    {
        "auto" => ExecutionProvider.Auto,
        "tensorrt" => ExecutionProvider.TensorRt,
        "cuda" => ExecutionProvider.Cuda,
        "cpu" => ExecutionProvider.Cpu,
        _ => throw VfiException.BadInput($"{option} {text}: must be auto, tensorrt, cuda or cpu"),
    };

    /// <param name="text">From the command line or a job.</param>
    /// <param name="option">What gave it.</param>
    /// <exception cref="VfiException">Another word (bad input).</exception>
    public static ScanSource ParseScan(string text, string option) => text switch
    {
        "auto" => ScanSource.Auto,
        "marked" => ScanSource.Marked,
        "progressive" => ScanSource.Progressive,
        "tff" => ScanSource.TopFirst,
        "bff" => ScanSource.BottomFirst,
        "telecine" => ScanSource.Telecine,
        _ => throw VfiException.BadInput($"{option} {text}: must be auto, marked, progressive, tff, bff or telecine"),
    };

    /// <param name="text">From the command line or a job.</param>
    /// <param name="option">What gave it.</param>
    /// <exception cref="VfiException">Another word (bad input).</exception>
    public static Deinterlacing ParseDeinterlacing(string text, string option) => text switch
    {
        "frames" => Deinterlacing.Frames,
        "fields" => Deinterlacing.Fields,
        _ => throw VfiException.BadInput($"{option} {text}: must be frames or fields"),
    };

    /// <param name="text">From the command line or the configuration.</param>
    /// <param name="option">What gave it.</param>
    /// <exception cref="VfiException">Another scale (bad input).</exception>
    public static MotionSize ParseMotionScale(string text, string option = "--motion-scale")
    {
        if (text == "auto")
            return MotionSize.Auto;
        if (text == "half")
            return MotionSize.Half;
        if (Rational.TryParse(text, out var scale) && scale > 0 && scale.Numerator == 1 && scale.Denominator is 1 or 2 or 4 or 8)
            return new MotionSize((int)scale.Denominator, OfTable: false);
        throw VfiException.BadInput($"{option} {text}: must be auto, half, 1, 1/2, 1/4 or 1/8");
    }

    /// <param name="text">From the command line, a job or the configuration.</param>
    /// <param name="option">What gave it.</param>
    /// <exception cref="VfiException">Neither auto nor a number of frames (bad input).</exception>
    public static Repeats ParseRepeats(string text, string option) => text == "auto" ? Repeats.Auto
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most is >= 1 and <= Repeats.Limit ? new Repeats(most)
        : throw VfiException.BadInput($"{option} {text}: must be auto, or 1 (off) to {Repeats.Limit}");

    /// <exception cref="VfiException">Not a size (bad input).</exception>
    public static (int Width, int Height) ParseSize(string text)
    {
        var parts = text.Split('x');
        return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var width) && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var height)
            && width is >= 16 and <= 16384 && height is >= 16 and <= 16384 ? (width, height)
            : throw VfiException.BadInput($"--resolution {text}: must be WIDTHxHEIGHT, each 16 to 16384, such as 1920x1080");
    }
}
