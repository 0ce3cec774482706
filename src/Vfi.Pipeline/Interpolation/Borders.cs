using System.Numerics;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Tells whether what is around the picture stands still between two frames: black, or with a subtitle that stays. Then the picture alone is
/// interpolated, because a model drags black borders into what moves beside them.
/// </summary>
internal static class Borders
{
    /// <summary>Mean change of luma in a cell, in 8-bit steps, that coding alone may bring: of subtitles that stay 3.9 at most (libx264 up to crf 28); text that moves by a line has 40 and more.</summary>
    private const int Noise = 4;

    private const int CellWidth = 16;
    private const int CellHeight = 8;

    /// <param name="first">A frame.</param>
    /// <param name="second">One that follows.</param>
    /// <param name="area">Of the picture in both.</param>
    public static bool Stand(VideoFrame first, VideoFrame second, FrameArea area)
    {
        int right = area.X + area.Width, bottom = area.Y + area.Height;
        return Stands(0, 0, first.Width, area.Y) && Stands(0, bottom, first.Width, first.Height)
            && Stands(0, area.Y, area.X, bottom) && Stands(right, area.Y, first.Width, bottom);

        bool Stands(int left, int top, int right, int bottom)
        {
            for (var y = top; y < bottom; y += CellHeight)
            {
                for (var x = left; x < right; x += CellWidth)
                {
                    int endX = Math.Min(x + CellWidth, right), endY = Math.Min(y + CellHeight, bottom);
                    var change = first.Layout.BytesPerSample == 1 ? Change<byte>(first.Plane(0), second.Plane(0), x, y, endX, endY) : Change<ushort>(first.Plane(0), second.Plane(0), x, y, endX, endY);
                    if (change > ((long)Noise << (first.Layout.Bits - 8)) * (endX - x) * (endY - y))
                        return false;
                }
            }
            return true;
        }
    }

    private static unsafe long Change<T>(PlaneView first, PlaneView second, int left, int top, int right, int bottom) where T : unmanaged, INumberBase<T>
    {
        long sum = 0;
        for (var y = top; y < bottom; y++)
        {
            T* a = (T*)first.Data + (long)y * first.Width, b = (T*)second.Data + (long)y * second.Width;
            for (var x = left; x < right; x++)
                sum += Math.Abs(int.CreateTruncating(a[x]) - int.CreateTruncating(b[x]));
        }
        return sum;
    }
}
