using System.Diagnostics;
using System.Threading.Channels;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Bench;

/// <summary>How many repeated frames are bridged, and how many others, in clips as they are and with their frames shown several times, lossily encoded.</summary>
internal static class RepeatBench
{
    private const int Width = 512, Height = 288;

    /// <summary>Frames of the longest result.</summary>
    private const int Longest = 160;

    private static readonly PixelLayout Layout = PixelLayout.All["gray"];

    /// <summary>A name, and for how many frames pictures are shown in turn.</summary>
    private static readonly (string Name, int[] Frames)[] Kinds =
    [
        ("as they are", [1]),
        ("24 in 30", [1, 1, 1, 2]),
        ("25 in 30", [1, 1, 1, 1, 2]),
        ("20 in 30, 40 in 60", [1, 2]),
        ("on twos", [2]),
        ("24 in 60", [3, 2]),
        ("25 in 60", [3, 2, 3, 2, 2]),
        ("on twos and threes", [2, 2, 3, 2, 3, 3, 2]),
        ("on threes", [3]),
        ("on fours", [4]),
    ];

    /// <param name="folder">Of clips that repeat nothing.</param>
    public static async Task RunAsync(string folder)
    {
        var clips = Directory.GetFiles(folder, "*.mp4").Order(StringComparer.Ordinal).Select(f => (Name: Path.GetFileNameWithoutExtension(f), Frames: Decode("file:" + f))).ToList();
        foreach (var (name, frames) in Kinds)
        {
            foreach (var crf in (string[])["20", "28"])
            {
                var (repeats, bridged, others, wrongly) = (0, 0, 0, 0);
                var where = new List<string>();
                await Parallel.ForEachAsync(clips, async (clip, _) =>
                {
                    var (isRepeat, isBridged) = await TryAsync(clip.Frames, frames, crf);
                    var wrong = isBridged.Zip(isRepeat).Count(f => f is { First: true, Second: false });
                    lock (where)
                    {
                        repeats += isRepeat.Count(r => r);
                        bridged += isBridged.Zip(isRepeat).Count(f => f is { First: true, Second: true });
                        others += isRepeat.Count(r => !r);
                        wrongly += wrong;
                        if (wrong > 0)
                            where.Add($"{clip.Name}:{wrong}");
                    }
                });
                Console.WriteLine($"{name}, crf {crf}: {bridged} of {repeats} repeats bridged, {wrongly} of {others} others {string.Join(' ', where.Order(StringComparer.Ordinal))}");
            }
        }
    }

    private static async Task<(bool[] IsRepeat, bool[] IsBridged)> TryAsync(List<byte[]> pictures, int[] frames, string crf)
    {
        var shown = pictures.SelectMany((picture, i) => Enumerable.Range(0, frames[i % frames.Length]).Select(r => (Picture: picture, IsRepeat: r > 0))).Take(Longest).ToList();
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.mkv");
        try
        {
            var start = new ProcessStartInfo("ffmpeg", ["-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", $"{Width}x{Height}", "-r", "30", "-i", "-",
                "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-crf", crf, file])
            { RedirectStandardInput = true };
            using var ffmpeg = Process.Start(start)!;
            foreach (var (picture, _) in shown)
                await ffmpeg.StandardInput.BaseStream.WriteAsync(picture);
            ffmpeg.StandardInput.Close();
            await ffmpeg.WaitForExitAsync();
            return ([.. shown.Select(s => s.IsRepeat)], await BridgedAsync(Decode(file)));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Which frames no pair begins with.</summary>
    private static async Task<bool[]> BridgedAsync(List<byte[]> frames)
    {
        using var pool = new FramePool(Layout, Width, Height);
        var views = InterpolatorSet.Views(new FrameFormat(Layout, new ColourDescription(), Width, Height), new ViewShape(1, 8), threads: 1, lumaOnly: true);
        using var set = new InterpolatorSet([new BlendInterpolator(1)], ExecutionProvider.Cpu, views);
        var pairs = new SourcePairs(new RepeatFinder(f => set.Show(f), new PairClassifier(0, PairClassifier.DefaultStillThreshold), Repeats.Auto), around: 0, grid: 1, fields: null, _ => { });
        var input = Channel.CreateUnbounded<VideoFrame>();
        foreach (var (i, bytes) in frames.Index())
        {
            var frame = pool.Rent();
            bytes.CopyTo(frame.Bytes);
            frame.Time = i;
            await input.Writer.WriteAsync(frame);
        }
        input.Writer.Complete();
        var isBridged = Enumerable.Repeat(true, frames.Count).ToArray();
        await foreach (var pair in pairs.ReadAsync(input.Reader, CancellationToken.None))
        {
            isBridged[pair.First.Frame.Time.Numerator] = false;
            pair.Release();
        }
        return isBridged;
    }

    /// <summary>All frames' luma at one size, as the file has them.</summary>
    private static List<byte[]> Decode(string file)
    {
        var start = new ProcessStartInfo("ffmpeg", ["-v", "error", "-i", file, "-fps_mode", "passthrough", "-vf", $"scale={Width}:{Height}:flags=area", "-pix_fmt", "gray", "-f", "rawvideo", "-"]) { RedirectStandardOutput = true };
        using var ffmpeg = Process.Start(start)!;
        var frames = new List<byte[]>();
        var frame = new byte[Width * Height];
        while (ffmpeg.StandardOutput.BaseStream.ReadAtLeast(frame, frame.Length, false) == frame.Length)
        {
            frames.Add(frame);
            frame = new byte[Width * Height];
        }
        ffmpeg.WaitForExit();
        return frames;
    }
}
