using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Quality;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Makes a model of an ONNX file from elsewhere: finds out which known contract it keeps, tries it, writes its manifest.</summary>
public static class ModelImport
{
    private static readonly ColourDescription Rgb = new("pc", "gbr");

    /// <summary>What exports ask of their sizes, the least demanding first.</summary>
    private static readonly int[] Alignments = [2, 8, 16, 32, 64, 128];

    /// <param name="file">The ONNX file.</param>
    /// <param name="name">The model's: letters, digits, dots and hyphens.</param>
    /// <param name="kind">What the graph gives.</param>
    /// <param name="target">A folder; the model becomes a folder in it.</param>
    /// <param name="licence">Of the weights, for the manifest.</param>
    /// <returns>The folder and its manifest.</returns>
    /// <exception cref="VfiException">Not a graph, another contract, or results that cannot be right (bad input).</exception>
    public static (string Folder, ModelManifest Manifest) Run(string file, string name, ModelKind kind, string target, string? licence)
    {
        if (!File.Exists(file))
            throw VfiException.BadInput($"{file}: no such file");
        if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')) || name[0] == '.' || ModelCatalogue.BuiltIn.Contains(name))
            throw VfiException.BadInput($"--name {name}: must be letters, digits, dots, hyphens and underscores, and neither {string.Join(" nor ", ModelCatalogue.BuiltIn)}");
        var folder = Path.Combine(Path.GetFullPath(target), name);
        var written = Path.Combine(folder, "model.json");
        if (File.Exists(written))
            throw VfiException.BadInput($"{folder}: exists already; give another --name or --to");
        var graph = Contract(file, kind);
        var (alignment, last) = (0, default(VfiException));
        foreach (var candidate in graph.Width is null ? Alignments : [1])
        {
            try
            {
                Try(file, kind, graph, graph.Width ?? Math.Max(64, candidate) + candidate, graph.Height ?? Math.Max(64, candidate));
                alignment = candidate;
                break;
            }
            catch (VfiException e) when (e.Kind == FailureKind.Failed)
            {
                last = e;
            }
        }
        if (alignment == 0)
            throw VfiException.BadInput($"{file}: runs at no size that is a multiple of {string.Join(", ", Alignments)}: {last!.Message}", last);
        var manifest = new ModelManifest
        {
            Name = name,
            Kind = kind,
            File = name + ".onnx",
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))),
            Alignment = alignment,
            Graph = graph,
            Licence = licence,
        };
        Directory.CreateDirectory(folder);
        File.Copy(file, Path.Combine(folder, manifest.File), overwrite: true);
        // The manifest last: a folder without one is no model, only what a killed import left.
        File.WriteAllText(written, JsonSerializer.Serialize(manifest, ModelCatalogue.Json) + "\n");
        return (folder, manifest);
    }

    /// <summary>Which of the known contracts the inputs and outputs keep.</summary>
    private static ModelGraph Contract(string file, ModelKind kind)
    {
        using var options = ProviderSelection.CreateOptions(1);
        try
        {
            using var session = new InferenceSession(file, options);
            var inputs = session.InputNames.Select(n => (Name: n, Shape: session.InputMetadata[n].Dimensions, Type: session.InputMetadata[n].ElementType)).ToList();
            var outputs = session.OutputNames.ToList();
            var found = $"it takes {string.Join(", ", inputs.Select(i => $"{i.Name} {string.Join('x', i.Shape)} {i.Type?.Name}"))} and gives {string.Join(", ", outputs)}";
            var frames = inputs.Where(i => i.Shape is [_, 3, _, _]).ToList();
            var isOne = inputs.Count == 1 && inputs[0].Shape is [_, 7 or 11, _, _] && kind == ModelKind.Frame;
            var isThree = inputs.Count == 3 && frames.Count == 2 && inputs.Except(frames).Single().Shape is [1 or -1, 1 or -1, 1 or -1, 1 or -1];
            if ((!isOne && !isThree) || inputs.Any(i => i.Type != typeof(float)) || outputs.Count < (kind == ModelKind.Frame ? 1 : 2))
            {
                throw VfiException.BadInput(
                    $"{file}: {found}; kind {(kind == ModelKind.Frame ? "frame" : "motion")} needs two frames 1x3xHxW and a timestep 1x1x1x1" +
                    $"{(kind == ModelKind.Frame ? ", or one input of 7 or 11 channels (see the README)" : "")}, all float32");
            }
            var size = (isOne ? inputs[0] : frames[0]).Shape;
            return new ModelGraph
            {
                Inputs = isOne ? [inputs[0].Name] : [frames[0].Name, frames[1].Name, inputs.Except(frames).Single().Name],
                Outputs = [.. outputs.Take(ModelGraph.OutputChannels(kind).Count)],
                Channels = isOne ? size[1] : null,
                Width = size[3] > 0 ? size[3] : null,
                Height = size[2] > 0 ? size[2] : null,
            };
        }
        catch (OnnxRuntimeException e)
        {
            throw VfiException.BadInput($"{file}: ONNX Runtime cannot load this model: {e.Message}", e);
        }
    }

    /// <summary>Two different frames: what lies a tenth after the first must be more like the first than like the second.</summary>
    /// <exception cref="VfiException">It does not run at this size (failed), or gives something else (bad input).</exception>
    private static void Try(string file, ModelKind kind, ModelGraph graph, int width, int height)
    {
        using var options = ProviderSelection.CreateOptions(1);
        var request = new ModelRequest("", file, "", width, height, graph.Inputs, graph.Outputs!, 1)
        {
            Channels = graph.Channels ?? 3,
            OutputChannels = ModelGraph.OutputChannels(kind),
        };
        using var model = new OnnxModel(request, ExecutionProvider.Cpu, options);
        using var pool = new FramePool(PictureFile.Layout, width, height);
        VideoFrame first = TestPattern.Draw(pool, "panning", 0), second = TestPattern.Draw(pool, "panning", 1), early = pool.Rent(), late = pool.Rent();
        using var set = InterpolatorSet.OnHost("", kind, graph, model, new FrameFormat(PictureFile.Layout, Rgb, width, height), new ViewShape(1, 1), 1, 1, new MotionRules());
        set.Interpolate(first, second, 0.1f, early);
        set.Interpolate(first, second, 0.9f, late);
        var figures = FormattableString.Invariant(
            $"a tenth after the first frame {Psnr.Compute(early.Bytes, first.Bytes):0.0} dB to it and {Psnr.Compute(early.Bytes, second.Bytes):0.0} dB to the second");
        if (Psnr.Compute(early.Bytes, first.Bytes) < Psnr.Compute(early.Bytes, second.Bytes) || Psnr.Compute(late.Bytes, second.Bytes) < Psnr.Compute(late.Bytes, first.Bytes)
            || Psnr.Compute(early.Bytes, first.Bytes) < 15)
        {
            throw VfiException.BadInput($"{file}: its pictures cannot be right ({figures}): other order of the frames, other direction of time, or values that are not RGB from 0 to 1?");
        }
        foreach (var frame in (VideoFrame[])[first, second, early, late])
            frame.Release();
    }
}
