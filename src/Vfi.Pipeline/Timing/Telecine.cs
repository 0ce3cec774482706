namespace Vfi.Pipeline.Timing;

/// <summary>3:2 pulldown: four frames of a film lie in five of video, of which it shows two and three fields in turn.</summary>
internal static class Telecine
{
    /// <summary>Frames of video in which the pattern is complete.</summary>
    public const int Cycle = 5;

    private static readonly Rational Share = new(Cycle - 1, Cycle);

    /// <summary>Rates of video that carry film so.</summary>
    public static bool Suits(SourceTimeline video) => video.IsConstantRate && (video.GridRate == new Rational(30000, 1001) || video.GridRate == 30);

    /// <summary>The film's rate.</summary>
    public static Rational Rate(Rational video) => video * Share;

    /// <summary>The film's frames in an incomplete cycle are as many as it has pictures of them.</summary>
    public static int FrameCount(int video) => (video * (Cycle - 1) + Cycle - 1) / Cycle;
}
