using System.Globalization;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>ffmpeg's filters that make whole pictures of a video's frames.</summary>
internal static class ScanFilter
{
    /// <param name="video">How its frames were taken.</param>
    /// <param name="wanted">What becomes of interlaced material.</param>
    /// <param name="frames">What the filters are to give.</param>
    /// <returns>Null: its frames are whole pictures.</returns>
    public static string? Of(VideoStream video, Deinterlacing wanted, SourceTimeline frames) => video.Scan switch
    {
        Scan.Interlaced or Scan.Flagged when wanted == Deinterlacing.Fields => $"bwdif=mode=send_field{Parity(video)}",
        Scan.Interlaced => $"bwdif=mode=send_frame{Parity(video)}:deint=all",
        Scan.Flagged => $"bwdif=mode=send_frame{Parity(video)}:deint=interlaced",
        // idet marks each frame as it looks: the samples may have missed something.
        Scan.Segmented => "setfield=prog,idet,bwdif=mode=send_frame:deint=interlaced",
        Scan.Telecined => Film(video, frames),
        _ => null,
    };

    private static string Parity(VideoStream video) => video.FieldOrder == FieldOrder.AsMarked ? "" : $":parity={Order(video)}";

    private static string Order(VideoStream video) => video.FieldOrder switch
    {
        FieldOrder.TopFirst => "tff",
        FieldOrder.BottomFirst => "bff",
        _ => "auto",
    };

    /// <summary>Fields that belong together, what is left of others deinterlaced, and of each five frames the one that repeats another left out. The last are repeated, because decimate may keep an incomplete five to itself.</summary>
    private static string Film(VideoStream video, SourceTimeline frames)
    {
        var unit = frames.TimeBase;
        var step = 1 / (video.Rates[0] * unit);
        return string.Create(CultureInfo.InvariantCulture,
            $"fieldmatch=order={Order(video)},bwdif=mode=send_frame:deint=interlaced,tpad=stop={Telecine.Cycle - 1}:stop_mode=clone,decimate=cycle={Telecine.Cycle}," +
            $"trim=end_frame={frames.FrameCount},settb={unit.Numerator}/{unit.Denominator},setpts={frames.Start}+N*{step.Numerator}");
    }
}
