namespace Vfi.Pipeline.Media;

/// <summary>How a decoded picture is turned and mirrored to be shown: a pixel at (x, y) goes to (Ax + Cy, Bx + Dy), but for where the picture then lies.</summary>
public readonly record struct DisplayMatrix(long A, long B, long C, long D)
{
    public static readonly DisplayMatrix Upright = new(1, 0, 0, 1);

    /// <summary>Whether it mirrors the picture, before it turns it.</summary>
    public bool IsMirrored => A * D - B * C < 0;
}
