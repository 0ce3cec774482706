using System.CommandLine;
using System.Globalization;
using Vfi.Pipeline.Inference;
using Vfi.Worker.Hosting;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi engines</c>: what the engine cache holds.</summary>
internal static class EnginesCommand
{
    public static Command Create()
    {
        var command = new Command("engines", "Look after the cache of TensorRT engines (Inference:EngineFolder).");
        command.Subcommands.Add(Sub("list", "List the engines, the most recently used first.", List));
        command.Subcommands.Add(Sub("verify", "Check every engine's files; exit code 1 when one cannot be used.", Verify));
        command.Subcommands.Add(Sub("prune", "Remove what is broken, and the least recently used beyond Inference:EngineMegabytes.", Prune));
        return command;
    }

    private static Command Sub(string name, string description, Func<EngineCache, InferenceOptions, int> action)
    {
        var command = new Command(name, description);
        HostFactory.AcceptSettings(command);
        command.SetAction(arguments =>
        {
            var options = HostFactory.Read<InferenceOptions>(arguments, InferenceOptions.Section);
            var cache = new EngineCache(
                options.EngineFolder, options.EngineMegabytes << 20, TimeSpan.FromSeconds(options.EngineWaitSeconds), n => Console.Error.WriteLine($"note: {n}"));
            return action(cache, options);
        });
        return command;
    }

    private static int List(EngineCache cache, InferenceOptions options)
    {
        Print(cache.List(), options);
        return 0;
    }

    private static int Verify(EngineCache cache, InferenceOptions options)
    {
        var engines = cache.List();
        Print(engines, options);
        return engines.Any(e => e.Problem is not null) ? 1 : 0;
    }

    private static void Print(IReadOnlyList<CachedEngine> engines, InferenceOptions options)
    {
        foreach (var engine in engines)
            Console.Out.WriteLine(Line(engine));
        if (engines.Count == 0)
            Console.Out.WriteLine($"no engines in {options.EngineFolder}; vfi warm builds them");
    }

    private static int Prune(EngineCache cache, InferenceOptions options)
    {
        foreach (var engine in cache.Prune())
            Console.Out.WriteLine($"removed {Line(engine)}");
        return 0;
    }

    private static string Line(CachedEngine engine)
    {
        var name = Path.GetFileName(engine.Folder);
        if (engine.Problem is { } problem)
            return $"{name}: {problem}";
        var record = engine.Record!;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {record.Files.Sum(f => f.Length) / 1e6:0.0} MB, {record.Key.Device.Gpu}, TensorRT {record.Key.Device.TensorRt}, built {record.Built:yyyy-MM-dd} in {record.BuildSeconds:0.0} s, used {engine.Used:yyyy-MM-dd}");
    }
}
