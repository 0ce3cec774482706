using System.CommandLine;
using System.Globalization;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Timing;
using Vfi.Worker.Hosting;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi convert</c>: one file in, one file out.</summary>
internal static class ConvertCommand
{
    private static readonly Argument<string> Input = new("input") { Description = "The video file." };
    private static readonly Option<string?> Output = new("--output", "-o") { Description = "The result (default: beside the input, name_60fps.ext)." };
    private static readonly Option<string?> Ratio = new("--interp-ratio") { Description = "Output frames per source frame, such as 2, 2.5 or 5/2; wins over --out-fps (default: 2)." };
    private static readonly Option<string?> Fps = new("--out-fps") { Description = "Output frames per second, such as 60, 59.94 or 60000/1001." };
    private static readonly Option<string> Encoder = new("--encoder") { Description = "auto, libx264, libx265, libsvtav1, libaom-av1, ffv1, h264_nvenc, hevc_nvenc or av1_nvenc.", DefaultValueFactory = _ => "auto" };
    private static readonly Option<int?> Crf = new("--crf") { Description = "Constant quality; 0 is lossless (default: the encoder's, 17 for libx264)." };
    private static readonly Option<string?> Preset = new("--preset") { Description = "The encoder's preset (default: medium for libx264)." };
    private static readonly Option<string?> PixelFormat = new("--pixel-format") { Description = "ffmpeg's name, such as yuv420p (default: as the source)." };
    private static readonly Option<double> SceneCut = new("--scene-cut") { Description = "Share of the picture that must be new for a scene cut, 0 (off) to 1.", DefaultValueFactory = _ => PairClassifier.DefaultCutThreshold };
    private static readonly Option<double> Still = new("--still") { Description = "Change in 8-bit steps up to which frames count as identical; below 0: off.", DefaultValueFactory = _ => PairClassifier.DefaultStillThreshold * 255 };
    private static readonly Option<string> Repeats = new("--repeats") { Description = "Frames in a row that may show one picture and count as one, so that motion goes on through them: auto (up to 4 where they are many, as in films at 30 or 60 frames and in animation, if the rate is raised), 1 (off) to 8.", DefaultValueFactory = _ => "auto" };
    private static readonly Option<string> Scan = new("--scan") { Description = "What the source is: auto (as marked, corrected where frames marked as interlaced clearly are not), marked, progressive, tff or bff (interlaced, top or bottom field first), or telecine (film with 3:2 pulldown).", DefaultValueFactory = _ => "auto" };
    private static readonly Option<string> Deinterlace = new("--deinterlace") { Description = "Of interlaced material: frames, one of each frame, or fields, one of each field, for sport and news that were shot so.", DefaultValueFactory = _ => "frames" };
    private static readonly Option<string> ChunkSeconds = new("--chunk-seconds") { Description = "Seconds of output a chunk: what a crash can cost.", DefaultValueFactory = _ => "10" };
    private static readonly Option<string?> WorkDir = new("--work-dir") { Description = "Keeps chunks and manifest; the same command goes on from there (default: a folder beside the output, removed at success)." };
    private static readonly Option<int?> Threads = new("--threads") { Description = "Threads of each stage (default: one per core)." };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace an existing output." };
    private static readonly Option<bool> Tolerate = new("--tolerate-damage") { Description = "Go on where frames cannot be decoded; duration and sync are kept." };
    private static readonly Option<string> HwAccel = new("--hwaccel") { Description = "Hardware decoding: auto, none, or ffmpeg's name such as cuda.", DefaultValueFactory = _ => "auto" };
    private static readonly Option<bool> Json = new("--json") { Description = "JSON lines on stdout instead of a bar." };

    public static Command Create()
    {
        var command = new Command("convert", "Convert one video file.");
        command.Arguments.Add(Input);
        foreach (var option in (Option[])[Output, Ratio, Fps, ModelOptions.Model, ModelOptions.Provider, ModelOptions.MotionScale, ModelOptions.Synthesis, Encoder, Crf, Preset, PixelFormat,
            SceneCut, Still, Repeats, Scan, Deinterlace, ChunkSeconds, WorkDir, Threads, Overwrite, Tolerate, HwAccel, Json])
        {
            command.Options.Add(option);
        }
        HostFactory.AcceptSettings(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = new ConversionOptions
        {
            Input = arguments.GetValue(Input)!,
            Output = arguments.GetValue(Output),
            Ratio = arguments.GetValue(Ratio) is { } r ? OutputRate.Parse(r, "--interp-ratio", isRate: false) : null,
            OutputFps = arguments.GetValue(Fps) is { } f ? OutputRate.Parse(f, "--out-fps", isRate: true) : null,
            Model = arguments.GetValue(ModelOptions.Model)!,
            Provider = ModelOptions.ParseProvider(arguments.GetValue(ModelOptions.Provider)!),
            MotionSize = ModelOptions.ParseMotionScale(arguments.GetValue(ModelOptions.MotionScale)!),
            Synthesis = ModelOptions.ParseSynthesis(arguments.GetValue(ModelOptions.Synthesis)),
            Encoder = arguments.GetValue(Encoder)!,
            Crf = arguments.GetValue(Crf),
            Preset = arguments.GetValue(Preset),
            PixelFormat = arguments.GetValue(PixelFormat),
            SceneCut = arguments.GetValue(SceneCut),
            Still = arguments.GetValue(Still) / 255,
            Repeats = ModelOptions.ParseRepeats(arguments.GetValue(Repeats)!, "--repeats"),
            Scan = ModelOptions.ParseScan(arguments.GetValue(Scan)!, "--scan"),
            Deinterlace = ModelOptions.ParseDeinterlacing(arguments.GetValue(Deinterlace)!, "--deinterlace"),
            ChunkSeconds = Seconds(arguments.GetValue(ChunkSeconds)!),
            WorkFolder = arguments.GetValue(WorkDir) is { } w ? Path.GetFullPath(w) : null,
            Threads = arguments.GetValue(Threads),
            Overwrite = arguments.GetValue(Overwrite),
            TolerateDamage = arguments.GetValue(Tolerate),
            HardwareDecoding = arguments.GetValue(HwAccel)!,
        };
        using var converter = new VideoConverter(new ModelCatalogue(), HostFactory.Read<InferenceOptions>(arguments, InferenceOptions.Section));
        if (arguments.GetValue(Json))
        {
            var json = new JsonObserver(Console.Out);
            json.Done(await converter.ConvertAsync(options, json, cancellationToken).ConfigureAwait(false));
            return 0;
        }
        using var terminal = new TerminalObserver(Console.Error);
        terminal.Done(await converter.ConvertAsync(options, terminal, cancellationToken).ConfigureAwait(false));
        return 0;
    }

    private static Rational Seconds(string text) => Rational.TryParse(text, out var value) ? value
        : throw VfiException.BadInput(string.Create(CultureInfo.InvariantCulture, $"--chunk-seconds {text}: not a number of seconds"));
}
