namespace Vfi.Pipeline.Media;

/// <summary>How the lines of a video's frames were taken.</summary>
public enum Scan
{
    /// <summary>All at one time.</summary>
    Progressive,

    /// <summary>Every second one at another time, in all frames.</summary>
    Interlaced,

    /// <summary>Each frame tells for itself: broadcasts and discs change between both.</summary>
    Flagged,

    /// <summary>All at one time, in frames that are marked as interlaced (PsF: progressive segmented frames).</summary>
    Segmented,

    /// <summary>Of film at 24 frames a second, shown for two and three fields in turn (3:2 pulldown): two frames in five hold lines of two pictures.</summary>
    Telecined,
}

/// <summary>Which lines of an interlaced frame are the earlier ones.</summary>
public enum FieldOrder
{
    AsMarked,
    TopFirst,
    BottomFirst,
}
