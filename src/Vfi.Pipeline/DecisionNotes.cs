using System.Globalization;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Media;

namespace Vfi.Pipeline;

/// <summary>What a user should know about the decisions: what is converted, left out or done otherwise than one might think.</summary>
internal static class DecisionNotes
{
    /// <summary>One sentence each.</summary>
    public static IEnumerable<string> Of(Decisions decided)
    {
        if (decided.Interpolators.WhyNotBetter is { } why)
            yield return $"inference on {ProviderSelection.Name(decided.Interpolators.Provider)} ({why})";
        if (decided.Pixels.Note is { } note)
            yield return note;
        if (decided.Index.Leading > 0)
            yield return $"the file begins within a group of pictures: {decided.Index.Leading} frames at its beginning cannot be decoded and are left out";
        if (decided.Source.Clock is { } clock)
            yield return string.Create(CultureInfo.InvariantCulture, $"the file's times are those of {decided.Source.Rate.Value:0.###} pictures a second on a clock of {clock.Value:0.###}: they are taken as evenly apart (--repeats 1: times stay as they are)");
        if (OfScan(decided.Media.Video, decided.Options.Deinterlace) is { } scan)
            yield return scan;
        if (decided.Media.Video.Cropping is { IsNothing: false } hidden)
            yield return $"the file hides borders of its picture ({hidden.Left} pixels at the left, {hidden.Top} at the top, {hidden.Right} at the right, {hidden.Bottom} at the bottom): left out";
        if (decided.Media.Video.IsMirrored)
            yield return "the file has its picture shown mirrored: the picture itself is mirrored";
        else if (decided.TurnsPicture)
            yield return $"{decided.Container.Name} cannot carry the orientation: the picture is turned by {decided.Media.Video.Rotation} degrees";
        if ((decided.Pixels.Colour.MasteringDisplay is not null || decided.Pixels.Colour.ContentLight is not null) && !decided.Encoder.Encoder.CarriesHdr10)
            yield return $"{decided.Encoder.Encoder.Name} cannot carry HDR10 mastering metadata: left out (libx265 would keep them)";
        if (decided.Encoder.Quality == 0 && !decided.Encoder.Encoder.HasLossless)
            yield return $"{decided.Encoder.Encoder.Name} has no lossless mode: --crf 0 is the best that it makes (libaom-av1 has one)";
        if (decided.Container.Muxer == "mov" && decided.Encoder.Encoder.Codec == "ffv1" && decided.Pixels.Colour.IsFullRange && !decided.Pixels.Layout.IsRgb)
            yield return "QuickTime cannot tell that the samples of FFV1 have full range, and players will take it for limited (an output ending in .mkv would keep it)";
        if (decided.Media.Video.FrameMetadata is { } metadata)
            yield return $"{metadata}: metadata of single frames, which new frames cannot have; left out (the picture is the base layer's)";
        if (decided.Media.Video.Spatial is { } spatial && (decided.Container.Spatial ? spatial.Lost : "the stereoscopic or spherical layout") is { } lost)
            yield return $"{decided.Container.Name} cannot carry {lost}: left out";
        if (decided.Options.Encoder == "auto" && decided.Container.Takes(Encoder.All.First(e => e.Name == "libx265")) && decided.Pixels.Layout.CutsChroma(decided.Width, decided.Height))
            yield return $"{decided.Width}x{decided.Height} {decided.Pixels.Layout.PlainName} is beyond libx264 and libx265, which take even sizes: encoded with {decided.Encoder.Encoder.Name} (--encoder libx265 would be given finer chroma)";
        if (decided.Options.MotionSize != MotionSize.Auto && !decided.Interpolators.IsMotion)
            yield return $"the model {decided.Interpolators.Name} estimates no motion: the motion scale {decided.Options.MotionSize} does not count";
        if (decided.Options.Repeats is { Most: > 1, OnlyMany: false } && decided.Interpolators.IsHold)
            yield return "repeats are left as they are: the model hold makes no frames to bridge them with";
        if (decided.Hardware is not null)
            yield return $"decoding in hardware ({decided.Hardware})";
        foreach (var line in decided.Streams.Notes)
            yield return line;
    }

    private static string? OfScan(VideoStream video, Deinterlacing wanted) => video.Scan switch
    {
        Scan.Segmented => "the source is marked as interlaced, but its pictures are whole: left as they are, but for frames that look interlaced (--scan marked: all are deinterlaced)",
        Scan.Telecined => "the source holds film with 3:2 pulldown: put together again to its 4 frames in 5 (--scan marked: taken as it is marked)",
        Scan.Progressive => null,
        _ => (video.FieldOrder == FieldOrder.AsMarked ? "the source is interlaced" : $"the source is taken for interlaced, the {(video.FieldOrder == FieldOrder.TopFirst ? "top" : "bottom")} field first")
            + (wanted == Deinterlacing.Fields ? ": deinterlaced with bwdif, one frame per field"
                : $": deinterlaced with bwdif, one frame per frame{(video.Scan == Scan.Flagged ? ", but for frames that are marked as progressive" : "")} (--deinterlace fields: one per field, for sport and news)"),
    };
}
