using System.Numerics;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation.Overlays;

/// <summary>Takes an overlay off a picture, so that what moves under it is interpolated alone, and puts it back.</summary>
internal static class OverlayPixels
{
    /// <summary>Fills what stands over the moving picture with the nearest samples to the left, to the right, above and below, the nearer the more.</summary>
    public static void TakeOff(Overlay overlay, VideoFrame picture)
    {
        for (var p = 0; p < picture.Layout.PlaneCount; p++)
        {
            if (picture.Layout.BytesPerSample == 1)
                TakeOff<byte>(overlay, picture, p);
            else
                TakeOff<ushort>(overlay, picture, p);
        }
    }

    /// <summary>Shows what stands in two pictures in one between them.</summary>
    /// <param name="overlay">Of both.</param>
    /// <param name="first">The picture at 0.</param>
    /// <param name="second">The picture at 1.</param>
    /// <param name="position">Above 0, below 1.</param>
    /// <param name="target">The picture between.</param>
    public static void PutOn(Overlay overlay, VideoFrame first, VideoFrame second, float position, VideoFrame target)
    {
        for (var p = 0; p < target.Layout.PlaneCount; p++)
        {
            if (target.Layout.BytesPerSample == 1)
                PutOn<byte>(overlay, first, second, position, target, p);
            else
                PutOn<ushort>(overlay, first, second, position, target, p);
        }
    }

    private static unsafe void TakeOff<T>(Overlay overlay, VideoFrame picture, int plane) where T : unmanaged, INumberBase<T>
    {
        var view = picture.Plane(plane);
        int width = view.Width, height = view.Height;
        var samples = (T*)view.Data;
        var row = new bool[width];
        // Per covered sample: its place, and the nearest one above that is not covered; in the order of reading.
        var covered = new List<(int X, int Y, int Left, int Right, int Above)>();
        int[] last = new int[width], known = new int[width];
        Array.Fill(last, -2);
        for (var y = 0; y < height; y++)
        {
            if (!overlay.Row(picture.Layout, plane, y, Overlay.Over, row))
                continue;
            for (var x = 0; x < width; x++)
            {
                if (!row[x])
                    continue;
                var end = x;
                while (end < width && row[end])
                    end++;
                var left = x - 1;
                for (; x < end; x++)
                {
                    if (last[x] != y - 1)
                        known[x] = y - 1;
                    last[x] = y;
                    covered.Add((x, y, left, end, known[x]));
                }
            }
        }
        Array.Fill(last, -2);
        for (var i = covered.Count - 1; i >= 0; i--)
        {
            var (x, y, left, right, above) = covered[i];
            if (last[x] != y + 1)
                known[x] = y + 1;
            last[x] = y;
            float sum = 0, weights = 0;
            void Take(int u, int v)
            {
                if (u < 0 || v < 0 || u >= width || v >= height)
                    return;
                var weight = 1f / (Math.Abs(u - x) + Math.Abs(v - y));
                sum += weight * float.CreateTruncating(samples[(long)v * width + u]);
                weights += weight;
            }
            Take(left, y);
            Take(right, y);
            Take(x, above);
            Take(x, known[x]);
            if (weights > 0)
                samples[(long)y * width + x] = T.CreateTruncating(sum / weights + 0.5f);
        }
    }

    private static unsafe void PutOn<T>(Overlay overlay, VideoFrame first, VideoFrame second, float position, VideoFrame target, int plane) where T : unmanaged, INumberBase<T>
    {
        var view = target.Plane(plane);
        var row = new bool[view.Width];
        for (var y = 0; y < view.Height; y++)
        {
            if (!overlay.Row(target.Layout, plane, y, Overlay.Ground, row))
                continue;
            var offset = (long)y * view.Width;
            T* a = (T*)first.Plane(plane).Data + offset, b = (T*)second.Plane(plane).Data + offset, made = (T*)view.Data + offset;
            for (var x = 0; x < view.Width; x++)
            {
                if (!row[x])
                    continue;
                var u = float.CreateTruncating(a[x]);
                made[x] = T.CreateTruncating(u + (float.CreateTruncating(b[x]) - u) * position + 0.5f);
            }
        }
    }
}
