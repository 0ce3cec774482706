namespace Vfi.Pipeline.Media;

/// <summary>Re-encoding of audio, so that no channel is lost on the way.</summary>
internal static class AudioEncoding
{
    /// <summary>Those that ALAC has, and those whose channels have other names there. For all others ffmpeg takes one with fewer channels.</summary>
    private static readonly string[] AlacLayouts = ["mono", "stereo", "3.0", "4.0", "5.0", "5.0(side)", "5.1", "5.1(side)", "6.1", "6.1(back)", "7.1(wide)"];

    /// <summary>Whether all channels have a place in ALAC.</summary>
    public static bool AlacKeeps(MediaStream audio) =>
        audio.ChannelLayout is { } layout ? AlacLayouts.Contains(layout) : audio.Channels is 0 or 1 or 2 or 5 or 6;

    /// <param name="codec">The encoder, or <c>copy</c>.</param>
    /// <param name="audio">What is encoded.</param>
    /// <param name="specifier">The stream of the output: its index, or <c>a</c>.</param>
    /// <returns>ffmpeg's options.</returns>
    public static string Options(string codec, MediaStream audio, string specifier) => $"-c:{specifier} {codec}" + codec switch
    {
        "aac" => $" -b:{specifier} {Math.Max(256, 96 * audio.Channels)}k",
        // It takes these layouts alone and does not ask for one.
        "libopus" => $" -filter:{specifier} {Ffmpeg.Quote("aformat=channel_layouts=mono|stereo|3.0|quad|5.0|5.1|6.1|7.1")}",
        _ => "",
    };
}
