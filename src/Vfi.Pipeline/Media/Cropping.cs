using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Media;

/// <summary>Borders of the decoded picture that its container hides, in pixels.</summary>
/// <param name="Left">Columns.</param>
/// <param name="Top">Rows.</param>
/// <param name="Right">Columns.</param>
/// <param name="Bottom">Rows.</param>
public sealed record Cropping(int Left, int Top, int Right, int Bottom)
{
    /// <summary>ffmpeg (7.1 and later) would leave them out by itself, in its own way, and is to be told not to.</summary>
    public bool IsFfmpegs { get; init; }

    /// <summary>The shape of pixels, which ffmpeg takes from the size of the whole picture where it does not know of borders; null: as ffmpeg says.</summary>
    public Rational? PixelShape { get; init; }

    /// <summary>Whether the whole picture is shown.</summary>
    public bool IsNothing => (Left | Top | Right | Bottom) == 0;

    /// <summary>Less of it, in whole samples of chroma, so that these stay where they are; null: nothing would be left of the picture.</summary>
    internal Cropping? Within(int width, int height, PixelLayout layout)
    {
        int x = ~((1 << layout.ShiftX) - 1), y = ~((1 << layout.ShiftY) - 1);
        return Math.Min(Math.Min(Left, Right), Math.Min(Top, Bottom)) < 0 || (long)Left + Right >= width || (long)Top + Bottom >= height ? null
            : this with { Left = Left & x, Right = Right & x, Top = Top & y, Bottom = Bottom & y };
    }

    /// <summary>Where the borders are when the picture is shown by a display matrix.</summary>
    internal Cropping Turned(DisplayMatrix matrix)
    {
        var sides = new int[4];
        sides[Side(-matrix.A, -matrix.B)] = Left;
        sides[Side(matrix.A, matrix.B)] = Right;
        sides[Side(-matrix.C, -matrix.D)] = Top;
        sides[Side(matrix.C, matrix.D)] = Bottom;
        return this with { Left = sides[0], Top = sides[1], Right = sides[2], Bottom = sides[3] };

        static int Side(long x, long y) => x < 0 ? 0 : x > 0 ? 2 : y < 0 ? 1 : 3;
    }
}
