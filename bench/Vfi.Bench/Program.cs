using System.Globalization;
using Vfi.Bench;

// dotnet run -c Release --project bench/Vfi.Bench -- synthesis|inference [model]|graphs|parity MODEL CASES|scale|cuts FOLDER|scan FOLDER|repeats FOLDER|borders TRIPLETS|overlays TRIPLETS
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args.FirstOrDefault())
{
    case "synthesis":
        SynthesisBench.Run();
        return 0;
    case "inference":
        await InferenceBench.RunAsync(args.ElementAtOrDefault(1) ?? "motion-s");
        return 0;
    case "parity" when args.Length == 3:
        await ParityBench.RunAsync(args[1], args[2]);
        return 0;
    case "graphs":
        await GraphBench.RunAsync();
        return 0;
    case "scale":
        ScaleSimulation.RunAll();
        return 0;
    case "cuts" when args.Length == 2:
        CutBench.Run(args[1]);
        return 0;
    case "scan" when args.Length == 2:
        await ScanBench.RunAsync(args[1]);
        return 0;
    case "repeats" when args.Length == 2:
        await RepeatBench.RunAsync(args[1]);
        return 0;
    case "borders" when args.Length == 2:
        await BorderBench.RunAsync(args[1]);
        return 0;
    case "overlays" when args.Length == 2:
        await OverlayBench.RunAsync(args[1]);
        return 0;
    default:
        Console.Error.WriteLine("usage: Vfi.Bench synthesis | inference [MODEL] | graphs | parity MODEL CASES | scale | cuts FOLDER | scan FOLDER | repeats FOLDER | borders TRIPLETS | overlays TRIPLETS");
        return 2;
}
