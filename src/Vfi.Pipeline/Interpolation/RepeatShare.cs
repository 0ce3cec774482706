using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Tells whether a video shows its pictures several times where it is looked at, or a frame changes little now and then by chance: as
/// where a recording missed a frame, or motion reaches its turning point.
/// </summary>
internal static class RepeatShare
{
    /// <summary>Of films shown at 30 a second every fifth frame is a repeat, of 50 pictures in 60 every sixth, of which some may not be seen.</summary>
    private const double Many = 1.0 / 8;

    /// <summary>Fewer are chance.</summary>
    private const int Fewest = 4;

    /// <param name="starts">Of all pictures from <see cref="Cadence.Behind"/> frames before to <see cref="Cadence.Ahead"/> frames after one's start, as far as there are any.</param>
    /// <param name="at">Which of them.</param>
    public static bool IsMany(IReadOnlyList<PictureStart> starts, int at)
    {
        var near = starts.Where(s => s.Frame >= starts[at].Frame - Cadence.Behind && s.Frame <= starts[at].Frame + Cadence.Ahead).ToList();
        var repeats = near.Sum(s => s.Repeats);
        return repeats >= Fewest && repeats >= Many * (near[^1].Frame - near[0].Frame + 1);
    }
}
