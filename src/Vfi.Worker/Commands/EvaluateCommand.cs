using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Quality;
using Vfi.Worker.Hosting;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi evaluate</c>: PSNR and SSIM of a model on a folder of triplets.</summary>
internal static class EvaluateCommand
{
    private static readonly Argument<string> Folder = new("dir") { Description = "Each folder in it holds im0.png, im1.png and gt.png, perhaps before.png and after.png." };
    private static readonly Option<string?> Out = new("--out") { Description = "Writes the predictions there as ID.png." };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON document on stdout." };

    public static Command Create()
    {
        var command = new Command("evaluate", "Measure a model on triplets of pictures.");
        command.Arguments.Add(Folder);
        foreach (var option in (Option[])[ModelOptions.Model, ModelOptions.Provider, ModelOptions.MotionScale, ModelOptions.Synthesis, Out, Json])
            command.Options.Add(option);
        HostFactory.AcceptSettings(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var triplets = TripletEvaluation.Find(arguments.GetValue(Folder)!);
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
        if (predictions is not null)
            Directory.CreateDirectory(predictions);
        var json = arguments.GetValue(Json);
        var scores = new List<TripletScore>();
        foreach (var triplet in triplets)
        {
            var target = predictions is null ? null : Path.Combine(predictions, Path.GetFileName(triplet) + ".png");
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
}
