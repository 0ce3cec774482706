using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Worker.Hosting;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi warm</c>: builds the engines of some resolutions ahead, such as in an init container.</summary>
internal static class WarmCommand
{
    private static readonly Option<string[]> Resolution = new("--resolution") { Description = "Of the videos to come, such as 1920x1080; may be given several times.", Required = true };
    private static readonly Option<string?> Model = new("--model") { Description = "A model's name or the path of a model.json (default: Jobs:Model, the jobs' own)." };
    private static readonly Option<string?> Provider = new("--provider") { Description = "auto, tensorrt, cuda or cpu (default: Jobs:Provider)." };

    public static Command Create()
    {
        var command = new Command("warm", "Build the TensorRT engines for some resolutions ahead (Inference:EngineFolder keeps them).");
        foreach (var option in (Option[])[Resolution, Model, Provider])
            command.Options.Add(option);
        HostFactory.AcceptSettings(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var sizes = arguments.GetValue(Resolution)!.Select(ModelOptions.ParseSize).ToList();
        // The whole configuration counts: engines may come from the jobs' store, and go there.
        using var host = HostFactory.Create(arguments, quiet: true).Build();
        var jobs = host.Services.GetRequiredService<IOptions<JobOptions>>().Value;
        var factory = InterpolatorFactory.Open(
            new ModelCatalogue(), arguments.GetValue(Model) ?? jobs.Model, ModelOptions.ParseProvider(arguments.GetValue(Provider) ?? jobs.Provider));
        var motion = ModelOptions.ParseMotionScale(jobs.MotionScale, "Jobs:MotionScale");
        using var sessions = new ModelSessions(host.Services.GetRequiredService<IOptions<InferenceOptions>>().Value, ServiceRegistration.Engines(host.Services));
        if (factory.WhyNotBetter is { } why)
            Console.Error.WriteLine($"note: {why}");
        foreach (var (width, height) in sizes)
        {
            var watch = Stopwatch.StartNew();
            using var lease = await factory.WarmAsync(sessions, width, height, motion, n => Console.Error.WriteLine($"note: {n}"), cancellationToken).ConfigureAwait(false);
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{factory.Name} {width}x{height}: ready on {ProviderSelection.Name(lease.Model.Provider)} after {watch.Elapsed.TotalSeconds:0.0} s"));
        }
        return 0;
    }
}
