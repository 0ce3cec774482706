using System.Diagnostics;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Bench;

/// <summary>How often motion is taken for a scene cut and a cut for motion: pairs within clips that have no cuts, 1, 2 and 4 frames apart, and of different clips.</summary>
internal static class CutBench
{
    private const int Width = 384, Height = 216;
    private const int Others = 16;
    private static readonly PairClassifier Classifier = new(PairClassifier.DefaultCutThreshold, PairClassifier.DefaultStillThreshold);

    /// <param name="folder">Of clips without cuts, each of another scene.</param>
    public static void Run(string folder)
    {
        var clips = Directory.GetFiles(folder, "*.mp4").Order(StringComparer.Ordinal).Select(f => (Name: Path.GetFileNameWithoutExtension(f), Views: Read(f))).ToList();
        foreach (var distance in (int[])[1, 2, 4])
        {
            var cuts = new Dictionary<string, int>();
            var pairs = 0;
            foreach (var (name, views) in clips)
            {
                var count = Enumerable.Range(0, Math.Max(0, views.Count - distance)).AsParallel().Count(i => IsCut(views[i], views[i + distance]));
                pairs += Math.Max(0, views.Count - distance);
                if (count > 0)
                    cuts.Add(name, count);
            }
            Console.WriteLine($"{distance} apart: {pairs} pairs, {cuts.Values.Sum()} called cuts{string.Concat(cuts.Select(c => $" {c.Key}:{c.Value}"))}");
        }
        // Clips beside one another may be of one video.
        var random = new Random(1);
        var different = (from i in Enumerable.Range(0, clips.Count)
                         from _ in Enumerable.Range(0, Others)
                         let j = (i + clips.Count / 4 + random.Next(clips.Count / 2)) % clips.Count
                         select (clips[i].Views[random.Next(clips[i].Views.Count)], clips[j].Views[random.Next(clips[j].Views.Count)])).ToList();
        Console.WriteLine($"of different clips: {different.Count} pairs, {different.AsParallel().Count(p => !IsCut(p.Item1, p.Item2))} not called cuts");
    }

    private static bool IsCut(ReducedView first, ReducedView second) => Classifier.Classify(first, second) == PairKind.Cut;

    /// <summary>All frames' luma at one size.</summary>
    private static List<ReducedView> Read(string clip)
    {
        var start = new ProcessStartInfo("ffmpeg", ["-v", "error", "-i", "file:" + clip, "-vf", $"scale={Width}:{Height}:flags=area", "-pix_fmt", "gray", "-f", "rawvideo", "-"]) { RedirectStandardOutput = true };
        using var ffmpeg = Process.Start(start)!;
        var frame = new byte[Width * Height];
        var views = new List<ReducedView>();
        while (ffmpeg.StandardOutput.BaseStream.ReadAtLeast(frame, frame.Length, false) == frame.Length)
        {
            var view = new ReducedView(Width, Height, 1, 1, lumaOnly: true);
            for (var i = 0; i < frame.Length; i++)
                view.Luma[i] = frame[i] / 255f;
            views.Add(view);
        }
        ffmpeg.WaitForExit();
        return views;
    }
}
