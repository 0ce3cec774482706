namespace Vfi.Pipeline;

/// <summary>What becomes of interlaced material, whose frames hold two fields.</summary>
public enum Deinterlacing
{
    /// <summary>One frame of each frame, as for films, whose fields show one picture. What moves between the fields is interpolated anew.</summary>
    Frames,

    /// <summary>One frame of each field, as for sport and news that were shot so: half the motion is there already.</summary>
    Fields,
}
