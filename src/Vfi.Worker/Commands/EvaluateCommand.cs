using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Quality;
using Vfi.Worker.Hosting;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi evaluate</c>: PSNR and SSIM of a model on a folder of triplets.</summary>
internal static class EvaluateCommand
{
    private static readonly Argument<string> Folder = new("dir") { Description = $"Folders in it hold {TripletSet.Known}; perhaps before.png and after.png." };
    private static readonly Option<string?> List = new("--list") { Description = "A file that names those that count: a folder of DIR a line, or three pictures (first, truth, second)." };
    private static readonly Option<string?> Out = new("--out") { Description = "Writes the predictions there as ID.png." };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON document on stdout." };

    public static Command Create()
    {
        var command = new Command("evaluate", "Measure a model on triplets of pictures.");
        command.Arguments.Add(Folder);
        foreach (var option in (Option[])[ModelOptions.Model, ModelOptions.Provider, ModelOptions.MotionScale, ModelOptions.Synthesis, List, Out, Json])
            command.Options.Add(option);
        HostFactory.AcceptSettings(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var folder = arguments.GetValue(Folder)!;
        var triplets = arguments.GetValue(List) is { } list ? TripletSet.Read(list, folder) : TripletSet.Find(folder);
        var interpolators = InterpolatorFactory.Open(
            new ModelCatalogue(), arguments.GetValue(ModelOptions.Model)!, ModelOptions.ParseProvider(arguments.GetValue(ModelOptions.Provider)!));
        using var evaluation = new TripletEvaluation(
            interpolators, HostFactory.Read<InferenceOptions>(arguments, InferenceOptions.Section), new InterpolationSettings
            {
                MotionSize = ModelOptions.ParseMotionScale(arguments.GetValue(ModelOptions.MotionScale)!),
                Threads = Environment.ProcessorCount,
                Synthesis = ModelOptions.ParseSynthesis(arguments.GetValue(ModelOptions.Synthesis)),
            });
        var predictions = arguments.GetValue(Out);
        var json = arguments.GetValue(Json);
        var scores = new List<TripletScore>();
        foreach (var triplet in triplets)
        {
            var target = predictions is null ? null : Place(predictions, triplet);
            var score = await evaluation.RunAsync(triplet, target, cancellationToken).ConfigureAwait(false);
            scores.Add(score);
            if (!json)
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{score.Id}  {score.Psnr:0.000} dB  {score.Ssim:0.0000}"));
        }
        double psnr = scores.Average(s => s.Psnr), ssim = scores.Average(s => s.Ssim);
        Console.Out.WriteLine(json
            ? new JsonObject
            {
                ["model"] = interpolators.Name,
                ["count"] = scores.Count,
                ["psnr"] = double.IsFinite(psnr) ? Math.Round(psnr, 4) : null,
                ["ssim"] = Math.Round(ssim, 6),
                ["images"] = new JsonArray([.. scores.Select(s => new JsonObject
                {
                    ["id"] = s.Id,
                    ["psnr"] = double.IsFinite(s.Psnr) ? Math.Round(s.Psnr, 4) : null,
                    ["ssim"] = Math.Round(s.Ssim, 6),
                })]),
            }.ToJsonString()
            : string.Create(CultureInfo.InvariantCulture, $"mean of {scores.Count}: {psnr:0.000} dB  {ssim:0.0000}  ({interpolators.Name})"));
        return 0;
    }

    private static string Place(string predictions, Triplet triplet)
    {
        var target = Path.GetFullPath(Path.Combine(predictions, triplet.Id + ".png"));
        if (triplet.Pictures.Any(p => p is not null && Path.GetFullPath(p) == target))
            throw VfiException.BadInput($"--out {predictions}: the prediction would replace {target}; give another folder");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw VfiException.BadInput($"--out {predictions}: the folder {Path.GetDirectoryName(target)} cannot be made: {e.Message}", e);
        }
        return target;
    }
}
