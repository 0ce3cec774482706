namespace Vfi.Pipeline;

/// <summary>What tells how a video's frames were taken.</summary>
public enum ScanSource
{
    /// <summary>What is marked, corrected where frames that are marked as interlaced clearly look otherwise.</summary>
    Auto,

    /// <summary>What is marked.</summary>
    Marked,

    /// <summary>Progressive, whatever is marked.</summary>
    Progressive,

    /// <summary>Interlaced, the top field first.</summary>
    TopFirst,

    /// <summary>Interlaced, the bottom field first.</summary>
    BottomFirst,

    /// <summary>Film with 3:2 pulldown.</summary>
    Telecine,
}
