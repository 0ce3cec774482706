namespace Vfi.Pipeline.Interpolation;

/// <summary>Where the frames of an output come from.</summary>
public sealed record FrameCounts
{
    /// <summary>Source frames passed through untouched.</summary>
    public long Source { get; init; }

    /// <summary>Frames made by the model or baseline.</summary>
    public long Interpolated { get; init; }

    /// <summary>Source frames repeated next to a scene cut.</summary>
    public long HeldAtCut { get; init; }

    /// <summary>Source frames repeated where nothing moves.</summary>
    public long HeldStill { get; init; }

    /// <summary>Source frames repeated for other reasons: after the last one, or by the model <c>hold</c>.</summary>
    public long Held { get; init; }

    /// <summary>Scene cuts seen.</summary>
    public long Cuts { get; init; }

    public static FrameCounts operator +(FrameCounts a, FrameCounts b) => new()
    {
        Source = a.Source + b.Source,
        Interpolated = a.Interpolated + b.Interpolated,
        HeldAtCut = a.HeldAtCut + b.HeldAtCut,
        HeldStill = a.HeldStill + b.HeldStill,
        Held = a.Held + b.Held,
        Cuts = a.Cuts + b.Cuts,
    };
}
