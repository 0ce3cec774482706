using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Vfi.Pipeline;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Worker.Commands;

/// <summary>
/// <c>vfi bench</c>: vfi, ffmpeg's motion-compensated minterpolate, and a plain transcode with ffmpeg's fps filter as
/// the limit, on one input with the same encoder, taking turns so that a busy machine disturbs all alike.
/// </summary>
internal static class BenchCommand
{
    private static readonly Argument<string> Input = new("input") { Description = "The video file; some seconds are enough." };
    private static readonly Option<string?> Ratio = new("--interp-ratio") { Description = "As for convert (default: 2)." };
    private static readonly Option<string?> Fps = new("--out-fps") { Description = "As for convert." };
    private static readonly Option<int> Rounds = new("--rounds") { Description = "Turns of each; the median counts.", DefaultValueFactory = _ => 3 };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON document on stdout." };

    public static Command Create()
    {
        var command = new Command("bench", "Compare speed and memory with ffmpeg's minterpolate and a plain transcode.");
        command.Arguments.Add(Input);
        foreach (var option in (Option[])[ModelOptions.Model, ModelOptions.Provider, ModelOptions.MotionScale, Ratio, Fps, Rounds, Json])
            command.Options.Add(option);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var input = Path.GetFullPath(arguments.GetValue(Input)!);
        var rounds = arguments.GetValue(Rounds);
        if (rounds is < 1 or > 100)
            throw VfiException.BadInput($"--rounds {rounds}: must be 1 to 100");
        var media = await MediaProbe.ReadAsync(input, cancellationToken).ConfigureAwait(false);
        int width = media.Video.Width, height = media.Video.Height;
        if (PixelLayout.Nearest(media.Video.PixelFormat, out _).CutsChroma(width, height))
            throw VfiException.BadInput($"{input}: {width}x{height}: all are measured with libx264, which takes even sizes; cut it with: ffmpeg -i IN -vf crop={width & ~1}:{height & ~1} -crf 10 OUT.mp4");
        var index = await PacketIndex.ReadAsync(media, cancellationToken).ConfigureAwait(false);
        var source = index.Timeline(media.Video);
        var fps = OutputRate.Resolve(
            arguments.GetValue(Ratio) is { } r ? OutputRate.Parse(r, "--interp-ratio", isRate: false) : null,
            arguments.GetValue(Fps) is { } f ? OutputRate.Parse(f, "--out-fps", isRate: true) : null,
            source.Rate);
        var frames = OutputTimeline.For(source, fps).FrameCount;
        var folder = Directory.CreateTempSubdirectory("vfi-bench-");
        try
        {
            var model = arguments.GetValue(ModelOptions.Model)!;
            var contestants = new (string Name, string Program, string[] Arguments)[]
            {
                ("vfi " + model, Environment.ProcessPath!,
                    [.. Self(), "convert", input, "-o", Path.Combine(folder.FullName, "vfi.mkv"), "--overwrite", "--out-fps", fps.ToString(), "--encoder", "libx264",
                        "--model", model, "--provider", arguments.GetValue(ModelOptions.Provider)!, "--motion-scale", arguments.GetValue(ModelOptions.MotionScale)!]),
                ("minterpolate", "ffmpeg", Ffmpeg(input, $"minterpolate=fps={fps}:mi_mode=mci", Path.Combine(folder.FullName, "mci.mkv"))),
                ("transcode", "ffmpeg", Ffmpeg(input, $"fps={fps}", Path.Combine(folder.FullName, "fps.mkv"))),
            };
            var costs = contestants.Select(_ => new List<RunCost>()).ToArray();
            for (var round = 0; round < rounds; round++)
            {
                for (var c = 0; c < contestants.Length; c++)
                    costs[c].Add(await MeasuredProcess.RunAsync(contestants[c].Program, contestants[c].Arguments, cancellationToken).ConfigureAwait(false));
            }
            Print(arguments.GetValue(Json), media, fps, frames, [.. contestants.Select(c => c.Name)], [.. costs.Select(Median)]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    /// <summary>dotnet needs to be told the program; a published executable does not.</summary>
    private static string[] Self() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Assembly.GetExecutingAssembly().Location] : [];

    private static string[] Ffmpeg(string input, string filter, string output) =>
        ["-v", "error", "-nostdin", "-y", "-protocol_whitelist", "file,pipe", "-i", "file:" + input, "-map", "0:V:0", "-map", "0:a?", "-c:a", "copy", "-vf", filter,
            "-c:v", "libx264", "-crf", "17", "-preset", "medium", "file:" + output];

    private static RunCost Median(List<RunCost> costs)
    {
        double At(Func<RunCost, double> value) => costs.Select(value).Order().ElementAt(costs.Count / 2);
        return new RunCost(At(c => c.Seconds), At(c => c.CpuSeconds), (long)At(c => c.PeakBytes));
    }

    private static void Print(bool json, MediaInfo media, Rational fps, long frames, string[] names, RunCost[] costs)
    {
        var perMade = costs[1].Seconds / costs[0].Seconds;
        var overhead = costs[0].Seconds / costs[2].Seconds;
        if (json)
        {
            var document = new JsonObject
            {
                ["width"] = media.Video.Width,
                ["height"] = media.Video.Height,
                ["fps"] = fps.ToString(),
                ["frames"] = frames,
                ["runs"] = new JsonArray([.. names.Select((n, i) => new JsonObject
                {
                    ["name"] = n,
                    ["framesPerSecond"] = Math.Round(frames / costs[i].Seconds, 2),
                    ["cpuSecondsPerFrame"] = Math.Round(costs[i].CpuSeconds / frames, 5),
                    ["peakMegabytes"] = Math.Round(costs[i].PeakBytes / 1e6),
                    ["seconds"] = Math.Round(costs[i].Seconds, 3),
                })]),
                ["speedOverMinterpolate"] = Math.Round(perMade, 3),
                ["timeOverTranscode"] = Math.Round(overhead, 3),
            };
            Console.Out.WriteLine(document.ToJsonString());
            return;
        }
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{media.Video.Width}x{media.Video.Height}, {frames} frames at {fps.Value:0.###} fps, {Environment.ProcessorCount} cores"));
        Console.Out.WriteLine($"{"",-16}{"frames/s",10}{"CPU s/frame",13}{"peak MB",9}");
        for (var i = 0; i < names.Length; i++)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{names[i],-16}{frames / costs[i].Seconds,10:0.00}{costs[i].CpuSeconds / frames,13:0.0000}{costs[i].PeakBytes / 1e6,9:0}"));
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{perMade:0.00} times the speed of minterpolate, {overhead:0.00} times the time of a plain transcode"));
    }
}
