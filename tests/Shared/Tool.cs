using System.Diagnostics;

namespace Vfi.Tests;

/// <summary>Runs ffmpeg and ffprobe for tests.</summary>
public static class Tool
{
    /// <summary>stdout of a program that must succeed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        var (exit, output, errors) = Try(program, arguments);
        Assert.True(exit == 0, $"{program} {string.Join(' ', arguments)}: {errors}");
        return output;
    }

    /// <summary>Runs a program that may fail.</summary>
    public static (int ExitCode, string Output, string Errors) Try(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }

    public static string Ffmpeg(params string[] arguments) => Run("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]);

    /// <summary>ffmpeg's major version.</summary>
    public static int FfmpegMajor { get; } = int.Parse(Run("ffmpeg", "-version").Split(' ')[2].Split('.')[0].Split('n')[^1], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Copies a video with a display matrix that turns it clockwise; each ffmpeg knows one of two ways.</summary>
    public static void Turn(string plain, int degrees, string turned)
    {
        if (FfmpegMajor < 6)
            Ffmpeg("-i", plain, "-c", "copy", "-metadata:s:v:0", $"rotate={degrees}", turned);
        else
            Ffmpeg("-display_rotation", $"{-degrees}", "-i", plain, "-c", "copy", turned);
    }

    /// <summary>Writes a display matrix of right angles into an MP4 file of one track.</summary>
    public static void Turn(string path, int width, int height, int a, int b, int c, int d)
    {
        var file = File.ReadAllBytes(path);
        // The matrix in the track's header, in 16.16 fixed point; what it moves follows from what it mirrors.
        var at = file.AsSpan().IndexOf("tkhd"u8) + 44;
        foreach (var (i, value) in new[] { (0, a), (1, b), (3, c), (4, d), (6, a < 0 ? width : c < 0 ? height : 0), (7, b < 0 ? width : d < 0 ? height : 0) })
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at + 4 * i), value << 16);
        File.WriteAllBytes(path, file);
    }

    /// <summary>A source for <c>-f lavfi</c> of exactly a size; testsrc2 alone makes odd sizes even, and crop does where chroma is coarser, unless it is told.</summary>
    public static string TestPicture(int width, int height, string rate, string format) =>
        $"testsrc2=s={width + (width & 1)}x{height + (height & 1)}:r={rate},format={format},crop={width}:{height}:0:0:exact=1,format={format}";

    /// <summary>MD5 of each frame of the first video stream, in order.</summary>
    public static string[] FrameHashes(string path, string filter = "null") =>
        [.. Ffmpeg("-noautorotate", "-i", path, "-map", "0:v:0", "-vf", filter, "-fps_mode", "passthrough", "-f", "framemd5", "-")
            .Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(',')[^1].Trim())];

    /// <summary>Presentation times of the first video stream's packets in seconds, ascending.</summary>
    public static double[] Times(string path) =>
        [.. Run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path)
            .Split(['\n', ',']).Where(l => l.Length > 0).Select(l => double.Parse(l, System.Globalization.CultureInfo.InvariantCulture)).Order()];

    /// <summary>One value of a stream or the format, as ffprobe prints it.</summary>
    public static string Probe(string path, string entries, string stream = "v:0") =>
        Run("ffprobe", "-v", "error", "-select_streams", stream, "-show_entries", entries, "-of", "default=nw=1:nk=1", path).Trim();

    /// <summary>PSNR of one stream against another, all planes, frames chosen by a filter.</summary>
    public static double Psnr(string path, string reference, string filter = "null")
    {
        var (_, _, text) = Try("ffmpeg", "-nostdin", "-i", path, "-i", reference, "-lavfi", $"[0:v]{filter}[a];[1:v]{filter}[b];[a][b]psnr", "-f", "null", "-");
        var at = text.LastIndexOf("average:", StringComparison.Ordinal);
        Assert.True(at > 0, text);
        var value = text[(at + 8)..].Split(' ')[0];
        return value == "inf" ? double.PositiveInfinity : double.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
    }
}
