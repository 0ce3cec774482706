using System.CommandLine;
using Vfi.Pipeline;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi models import</c>: a model of an ONNX file from elsewhere.</summary>
internal static class ModelsCommand
{
    private static readonly Argument<string> OnnxFile = new("file") { Description = "The ONNX file." };
    private static readonly Option<string> Kind = new("--kind") { Description = "What the graph gives: frame (RIFE and the like) or motion.", DefaultValueFactory = _ => "frame" };
    private static readonly Option<string?> Name = new("--name") { Description = "The model's name (default: the file's)." };
    private static readonly Option<string> To = new("--to") { Description = "The folder that the model's folder is made in.", DefaultValueFactory = _ => "." };
    private static readonly Option<string?> Licence = new("--licence") { Description = "The licence of the weights, for the manifest." };

    public static Command Create()
    {
        var import = new Command("import", "Check an ONNX file's inputs and outputs, try it, and write its manifest.");
        import.Arguments.Add(OnnxFile);
        foreach (var option in (Option[])[Kind, Name, To, Licence])
            import.Options.Add(option);
        import.SetAction(Import);
        var command = new Command("models", "Models from elsewhere.");
        command.Subcommands.Add(import);
        return command;
    }

    private static int Import(ParseResult arguments)
    {
        var file = arguments.GetValue(OnnxFile)!;
        var kind = arguments.GetValue(Kind) switch
        {
            "frame" => ModelKind.Frame,
            "motion" => ModelKind.Motion,
            var other => throw VfiException.BadInput($"--kind {other}: must be frame or motion"),
        };
        var (folder, manifest) = ModelImport.Run(
            file, arguments.GetValue(Name) ?? Path.GetFileNameWithoutExtension(file), kind, arguments.GetValue(To)!, arguments.GetValue(Licence));
        var graph = manifest.Graph;
        Console.Out.WriteLine(
            $"{folder}: {manifest.Name}, kind {arguments.GetValue(Kind)}, {(graph.Channels is { } c ? $"one input of {c} channels" : "separate inputs")}, " +
            $"{(graph.Width is { } w ? $"{w}x{graph.Height} only" : $"sizes padded to multiples of {manifest.Alignment}")}");
        Console.Out.WriteLine($"use it with --model {Path.GetRelativePath(Directory.GetCurrentDirectory(), folder)}/model.json");
        return 0;
    }
}
