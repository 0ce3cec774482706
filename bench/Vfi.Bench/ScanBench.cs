using System.Diagnostics;
using Vfi.Pipeline;
using Vfi.Pipeline.Media;

namespace Vfi.Bench;

/// <summary>How often videos that are marked as interlaced are taken for what they are: progressive, interlaced and telecined ones made of progressive clips.</summary>
internal static class ScanBench
{
    /// <summary>A name, the clips' rate, the filter, and what the result is.</summary>
    private static readonly (string Name, string Rate, string Filter, Scan Scan, FieldOrder Order)[] Kinds =
    [
        ("progressive", "30000/1001", "setfield=tff", Scan.Segmented, FieldOrder.AsMarked),
        ("interlaced", "60000/1001", "tinterlace=interleave_top", Scan.Flagged, FieldOrder.TopFirst),
        ("interlaced, marked the wrong way round", "60000/1001", "tinterlace=interleave_bottom,setfield=tff", Scan.Flagged, FieldOrder.BottomFirst),
        ("film with 3:2 pulldown", "24000/1001", "telecine=pattern=23,setfield=tff", Scan.Telecined, FieldOrder.TopFirst),
    ];

    /// <param name="folder">Of progressive clips, which are cut to landscapes.</param>
    public static async Task RunAsync(string folder)
    {
        var clips = Directory.GetFiles(folder, "*.mp4").Order(StringComparer.Ordinal).ToList();
        foreach (var kind in Kinds)
        {
            var found = new List<(string Clip, string Scan)>();
            await Parallel.ForEachAsync(clips, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (clip, stop) =>
            {
                var video = await JudgeAsync(clip, kind.Rate, kind.Filter, stop);
                lock (found)
                    found.Add((Path.GetFileNameWithoutExtension(clip), video.Scan == kind.Scan && video.FieldOrder == kind.Order ? "" : $"{video.Scan} {video.FieldOrder}"));
            });
            var others = found.Where(f => f.Scan.Length > 0).OrderBy(f => f.Clip, StringComparer.Ordinal).ToList();
            Console.WriteLine($"{kind.Name}: {clips.Count - others.Count} of {clips.Count}{string.Concat(others.Select(o => $"; {o.Clip}: {o.Scan}"))}");
        }
    }

    private static async Task<VideoStream> JudgeAsync(string clip, string rate, string filter, CancellationToken stop)
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.mp4");
        try
        {
            using var ffmpeg = Process.Start("ffmpeg", ["-v", "error", "-nostdin", "-r", rate, "-i", "file:" + clip, "-vf", $"crop=iw-mod(iw\\,2):min(ih-mod(ih\\,4)\\,4*trunc(iw/5)),{filter}", "-an", "-c:v", "libx264",
                "-preset", "ultrafast", "-crf", "23", "-threads", "1", "-flags", "+ilme+ildct", file]);
            await ffmpeg.WaitForExitAsync(stop);
            var media = await MediaProbe.ReadAsync(file, stop);
            var source = (await PacketIndex.ReadAsync(media, stop)).Timeline(media.Video);
            return await ScanDecision.TakeAsync(new ConversionOptions { Input = file }, media, source, stop);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
