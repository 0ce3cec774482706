using System.Collections.Concurrent;
using FFMpegCore;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Media;

/// <summary>Picks the encoder and the pixels it is fed.</summary>
public static class EncoderChoice
{
    private static readonly ConcurrentDictionary<string, bool> Working = new();

    /// <param name="name">An encoder's name, or auto: the first that takes the source's pixels as they are, of those whose codec the container takes.</param>
    /// <param name="container">Of the output; null: what the encoder's codec fits.</param>
    /// <param name="source">The source's layout.</param>
    /// <param name="width">Of the frames.</param>
    /// <param name="height">Of the frames.</param>
    /// <param name="pixelFormat">What the user asked for; null: as the source.</param>
    /// <param name="quality">0 to 63; null: the encoder's default.</param>
    /// <param name="preset">Null: the encoder's default.</param>
    /// <param name="cancellationToken">Stops the probe.</param>
    /// <returns>The settings, and the layout that frames must have.</returns>
    /// <exception cref="VfiException">Unknown name or pixel format, or a size that the encoder does not take (bad input); does not work here (environment).</exception>
    public static async Task<(EncoderSettings Settings, PixelLayout Layout)> ChooseAsync(
        string name, Container? container, PixelLayout source, int width, int height, string? pixelFormat, int? quality, string? preset, CancellationToken cancellationToken)
    {
        if (quality is < 0 or > 63)
            throw VfiException.BadInput($"--crf {quality}: must be 0 (lossless) to 63");
        var layout = source;
        if (pixelFormat is not null && !PixelLayout.All.TryGetValue(pixelFormat, out layout!))
        {
            throw VfiException.BadInput(
                $"--pixel-format {pixelFormat}: not one of {string.Join(", ", PixelLayout.All.Keys.Where(k => !k.StartsWith("yuvj", StringComparison.Ordinal)))}");
        }
        var plain = layout.PlainName;
        Encoder encoder;
        if (name == "auto")
        {
            var able = Encoder.All.Where(e => e.Takes(layout, width, height)).ToList();
            encoder = able.FirstOrDefault(e => container?.Takes(e) != false) ?? able[0];
        }
        else
        {
            encoder = Encoder.All.FirstOrDefault(e => e.Name == name) ?? throw VfiException.BadInput(
                $"--encoder {name}: not one of auto, {string.Join(", ", Encoder.All.Select(e => e.Name))}");
            // One name for the user: x264 keeps RGB in an encoder of its own.
            if (name == "libx264" && plain == "gbrp")
                encoder = Encoder.All.First(e => e.Name == "libx264rgb");
        }
        // Auto may choose an encoder without presets, or with others than x264 has: then one is of no effect.
        if (preset is not null && name == "auto" && Encoder.All[0].Presets.Contains(preset) && !encoder.Presets.Contains(preset))
            preset = null;
        if (preset is not null && encoder.Presets.Count > 0 && !encoder.Presets.Contains(preset))
            throw VfiException.BadInput($"--preset {preset}: not one of {encoder.Name}'s: {string.Join(", ", encoder.Presets)}");
        if (await ProbeAsync(encoder, cancellationToken).ConfigureAwait(false) is { } reason)
            throw VfiException.Environment($"--encoder {encoder.Name} does not work here ({reason}); choose another, see ./vfi doctor");
        if (!encoder.Takes(layout, width, height))
        {
            var fits = encoder.PixelFormats.Where(f => encoder.Takes(PixelLayout.All[f], width, height)).ToList();
            if (fits.Count == 0)
                throw VfiException.BadInput($"--encoder {encoder.Name}: takes even sizes alone, and the video has {width}x{height}; choose libaom-av1 or ffv1, or libx264, which is given finer chroma");
            if (pixelFormat is not null)
                throw VfiException.BadInput($"--pixel-format {pixelFormat}: {encoder.Name} takes, of {width}x{height}, {string.Join(", ", fits)}");
            layout = Nearest(layout, fits);
        }
        // What the encoder itself packs planar RGB into, without loss.
        var fed = layout.PlainName == "gbrp" ? encoder.Name switch { "libx264rgb" => "bgr24", "ffv1" => "bgr0", _ => "gbrp" } : layout.PlainName;
        return (new EncoderSettings(encoder, quality, preset, fed), layout);
    }

    /// <summary>Encodes one small frame; null if that works, otherwise why not.</summary>
    public static async Task<string?> ProbeAsync(Encoder encoder, CancellationToken cancellationToken)
    {
        if (Working.ContainsKey(encoder.Name))
            return null;
        var reason = await RunProbeAsync(encoder, cancellationToken).ConfigureAwait(false);
        if (reason is null)
            Working[encoder.Name] = true;
        return reason;
    }

    private static async Task<string?> RunProbeAsync(Encoder encoder, CancellationToken cancellationToken)
    {
        var processor = FFMpegArguments
            .FromFileInput("color=s=256x256:d=0.04", false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} -f lavfi"))
            .OutputToFile("-", true, o => o.WithCustomArgument($"-frames:v 1 -c:v {encoder.Name} -f null"));
        try
        {
            await Ffmpeg.RunAsync(processor, $"probing {encoder.Name}", null, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (FfmpegFailedException e)
        {
            return e.Lines.FirstOrDefault(l => l.Length > 0) ?? e.Reason;
        }
    }

    /// <summary>Of what the encoder takes, the layout that loses least: depth, then chroma, then cost.</summary>
    private static PixelLayout Nearest(PixelLayout source, IReadOnlyList<string> taken) => taken
        .Select(f => PixelLayout.All[f])
        .OrderBy(l => source.PlaneCount == 1 || l.PlaneCount > 1 ? 0 : 1)
        .ThenBy(l => l.IsRgb == source.IsRgb ? 0 : 1)
        .ThenBy(l => Math.Max(0, l.ShiftX - source.ShiftX) + Math.Max(0, l.ShiftY - source.ShiftY))
        .ThenBy(l => Math.Max(0, source.Bits - l.Bits))
        .ThenBy(l => l.Bits)
        .ThenBy(l => l.PlaneCount)
        .ThenByDescending(l => l.ShiftX + l.ShiftY)
        .First();
}
