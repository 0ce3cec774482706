using System.CommandLine;
using System.Globalization;
using System.Runtime.Intrinsics.X86;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Media;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi doctor</c>: what this machine can do and what it lacks.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Tell what this machine can do and what it lacks.");
        command.SetAction((_, token) => RunAsync(token));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var lacks = false;
        Line("vfi", VideoConverter.Version + $", ONNX Runtime {OnnxEnvironment.Version}, .NET {Environment.Version}");
        try
        {
            var (version, _) = await FfmpegVersion.ReadAsync(cancellationToken).ConfigureAwait(false);
            Line("ffmpeg", version);
            foreach (var encoder in Encoder.All)
            {
                var reason = await EncoderChoice.ProbeAsync(encoder, cancellationToken).ConfigureAwait(false);
                Line($"  {encoder.Name}", reason is null ? "works" : $"no: {reason}");
            }
        }
        catch (VfiException e)
        {
            lacks = true;
            Line("ffmpeg", "no: " + e.Message);
        }
        Line("providers", "");
        foreach (var state in ProviderSelection.Probe())
            Line($"  {ProviderSelection.Name(state.Provider)}", state.Reason is null ? "works" : $"no: {state.Reason}");
        Line("models", "");
        var catalogue = new ModelCatalogue();
        foreach (var name in catalogue.Names)
        {
            try
            {
                var (manifest, _) = catalogue.Open(name);
                Line($"  {name}", $"{manifest.Kind}, {manifest.Parameters / 1e6:0.00} M parameters{(name == ModelCatalogue.Default ? ", default" : "")}");
            }
            catch (VfiException e)
            {
                lacks = true;
                Line($"  {name}", "no: " + e.Message);
            }
        }
        if (!catalogue.Names.Contains(ModelCatalogue.Default))
        {
            lacks = true;
            Line($"  {ModelCatalogue.Default}", "no: the default model is missing; reinstall");
        }
        Line("cores", $"{Environment.ProcessorCount}{(Avx2.IsSupported ? ", AVX2" : ", no AVX2 (synthesis will be slow)")}");
        Line("memory", Gigabytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes));
        var disk = new DriveInfo(Directory.GetCurrentDirectory());
        Line("disk here", $"{Gigabytes(disk.AvailableFreeSpace)} free of {Gigabytes(disk.TotalSize)}");
        return lacks ? (int)FailureKind.Environment : 0;
    }

    private static void Line(string what, string state) => Console.Out.WriteLine($"{what,-14} {state}".TrimEnd());

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + " GB";
}
