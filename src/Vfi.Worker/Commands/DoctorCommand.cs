using System.CommandLine;
using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Media;
using Vfi.Worker.Hosting;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi doctor</c>: what this machine can do and what it lacks.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly Option<bool> Worker = new("--worker") { Description = "Try what a worker with these settings needs: queue, results, store, work folder, model." };
    private static readonly Option<bool> Gpu = new("--gpu") { Description = "Look at the GPU: libraries, engines, parity and speed; takes minutes." };
    private static readonly Option<string[]> Resolution = new("--resolution") { Description = "With --gpu: measure at this size (default: 1280x720, 1920x1080 and 3840x2160).", DefaultValueFactory = _ => ["1280x720", "1920x1080", "3840x2160"] };
    private static readonly Option<string> Report = new("--report") { Description = "With --gpu: the JSON file to attach to a bug.", DefaultValueFactory = _ => "vfi-gpu-report.json" };
    private static readonly Option<double> Seconds = new("--seconds") { Description = "With --gpu: of each measurement.", DefaultValueFactory = _ => 2 };

    public static Command Create()
    {
        var command = new Command("doctor", "Tell what this machine can do and what it lacks.");
        foreach (var option in (Option[])[Worker, Gpu, ModelOptions.Model, ModelOptions.Provider, Resolution, Seconds, Report])
            command.Options.Add(option);
        HostFactory.AcceptSettings(command);
        command.SetAction((arguments, token) => arguments.GetValue(Worker) ? RunWorkerAsync(arguments, token) : arguments.GetValue(Gpu) ? RunGpuAsync(arguments, token) : RunAsync(token));
        return command;
    }

    private static async Task<int> RunWorkerAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var host = HostFactory.Create(arguments, quiet: true).Build();
        var works = await new WorkerDoctor(host.Services, (what, found) => Console.Out.WriteLine($"{what,-36} {found}".TrimEnd())).RunAsync(cancellationToken).ConfigureAwait(false);
        return works ? 0 : (int)FailureKind.Environment;
    }

    private static async Task<int> RunGpuAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var sizes = arguments.GetValue(Resolution)!.Select(ModelOptions.ParseSize).ToList();
        var seconds = arguments.GetValue(Seconds);
        if (seconds is not (> 0 and <= 600))
            throw VfiException.BadInput(string.Create(CultureInfo.InvariantCulture, $"--seconds {seconds}: must be above 0, up to 600"));
        var doctor = new GpuDoctor(Console.Out, HostFactory.Read<InferenceOptions>(arguments, InferenceOptions.Section));
        var path = arguments.GetValue(Report)!;
        await WriteAsync(path, "{}\n").ConfigureAwait(false);
        try
        {
            return await doctor.RunAsync(
                ModelOptions.ParseProvider(arguments.GetValue(ModelOptions.Provider)!), arguments.GetValue(ModelOptions.Model)!, sizes, seconds, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // What was found before a failure is what the bug is about.
            await WriteAsync(path, doctor.Report.ToJsonString(Indented) + "\n").ConfigureAwait(false);
            Line("report", Path.GetFullPath(path));
        }
    }

    /// <summary>Not cancelled: what was found is kept.</summary>
    private static async Task WriteAsync(string path, string report)
    {
        try
        {
            await File.WriteAllTextAsync(path, report, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw VfiException.BadInput($"--report {path}: cannot be written: {e.Message}", e);
        }
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
