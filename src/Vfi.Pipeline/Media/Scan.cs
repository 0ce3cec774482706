namespace Vfi.Pipeline.Media;

/// <summary>How the lines of a video's frames were taken.</summary>
public enum Scan
{
    /// <summary>All at one time.</summary>
    Progressive,

    /// <summary>Every second one at another time, by what the container says of all frames.</summary>
    Interlaced,

    /// <summary>Each frame tells for itself: broadcasts and discs change between both.</summary>
    Flagged,
}
