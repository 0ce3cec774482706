using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation.Overlays;

namespace Vfi.Tests.Interpolation.Overlays;

/// <summary>Frames of 40x24 whose samples rise by three from column to column and from row to row; an overlay of 6x4 view pixels at 8,10, or the same in a view of half the size.</summary>
public sealed class OverlayPixelsTests
{
    [Theory]
    [InlineData("gray", 1)]
    [InlineData("gray", 2)]
    [InlineData("yuv420p", 1)]
    [InlineData("yuv422p10le", 1)]
    [InlineData("yuv444p12le", 2)]
    public void What_an_overlay_covers_is_filled_from_around_it_and_nothing_else_changes(string layout, int divisor)
    {
        using var pool = new FramePool(PixelLayout.All[layout], 40, 24);
        VideoFrame slope = pool.Rent(), picture = pool.Rent();
        Fill(slope, Slope);
        Fill(picture, (p, x, y) => Covered(pool.Layout, p, x, y) ? 250 : Slope(p, x, y));
        OverlayPixels.TakeOff(Over(divisor), picture);
        Each(picture, (p, x, y, value) => Assert.InRange(value, Sample(slope, p, x, y) - 1, Sample(slope, p, x, y) + 1));
        Each(picture, (p, x, y, value) => Assert.True(Covered(pool.Layout, p, x, y) || value == Sample(slope, p, x, y), $"plane {p} at {x},{y}"));
    }

    [Fact]
    public void An_overlay_at_the_edge_is_filled_from_inside()
    {
        using var pool = new FramePool(PixelLayout.All["gray"], 40, 24);
        var picture = pool.Rent();
        Fill(picture, (_, x, y) => x < 6 && y < 5 ? 250 : 80);
        OverlayPixels.TakeOff(At(0, 0, 6, 5, 1), picture);
        Each(picture, (_, _, _, value) => Assert.Equal(80, value));
    }

    [Fact]
    public void An_overlay_that_covers_everything_leaves_the_picture()
    {
        using var pool = new FramePool(PixelLayout.All["gray"], 40, 24);
        var picture = pool.Rent();
        Fill(picture, Slope);
        OverlayPixels.TakeOff(At(0, 0, 40, 24, 1), picture);
        Each(picture, (p, x, y, value) => Assert.Equal(Slope(p, x, y), value));
    }

    [Theory]
    [InlineData("yuv420p", 1)]
    [InlineData("yuv420p10le", 2)]
    public void An_overlay_is_put_on_as_both_pictures_show_it_and_on_nothing_else(string layout, int divisor)
    {
        using var pool = new FramePool(PixelLayout.All[layout], 40, 24);
        VideoFrame first = pool.Rent(), second = pool.Rent(), target = pool.Rent();
        Fill(first, (_, _, _) => 200);
        Fill(second, (_, _, _) => 208);
        Fill(target, Slope);
        OverlayPixels.PutOn(Over(divisor), first, second, 0.25f, target);
        Each(target, (p, x, y, value) => Assert.Equal(Covered(pool.Layout, p, x, y) ? 202 : Slope(p, x, y), value));
    }

    [Fact]
    public void Joined_overlays_have_what_either_has_and_what_stands_over_the_picture_first()
    {
        var joined = Overlay.Join(Overlay.Join(null, At(0, 0, 2, 2, 1)), At(1, 1, 3, 3, 1, Overlay.Ground));
        Assert.Equal([Overlay.Over, Overlay.Over, Overlay.Moving, Overlay.Moving, Overlay.Over, Overlay.Over, Overlay.Ground, Overlay.Ground], [.. joined.Kinds[..4], .. joined.Kinds[40..44]]);
        Assert.True(joined.IsOver);
    }

    [Fact]
    public void What_stands_as_a_part_of_the_picture_is_not_taken_off_and_shown_as_it_was()
    {
        using var pool = new FramePool(PixelLayout.All["yuv420p"], 40, 24);
        VideoFrame picture = pool.Rent(), target = pool.Rent();
        Fill(picture, (p, x, y) => Covered(pool.Layout, p, x, y) ? 250 : Slope(p, x, y));
        Fill(target, Slope);
        var ground = At(8, 10, 6, 4, 1, Overlay.Ground);
        OverlayPixels.TakeOff(ground, picture);
        OverlayPixels.PutOn(ground, picture, picture, 0.5f, target);
        Assert.Equal(picture.Bytes, target.Bytes);
        Assert.False(ground.IsOver);
    }

    private static int Slope(int plane, int x, int y) => 20 + 10 * plane + 3 * x + 3 * y;

    private static bool Covered(PixelLayout layout, int plane, int x, int y)
    {
        var (shiftX, shiftY) = layout.IsChroma(plane) ? (layout.ShiftX, layout.ShiftY) : (0, 0);
        return x >= 8 >> shiftX && x < 14 >> shiftX && y >= 10 >> shiftY && y < 14 >> shiftY;
    }

    private static Overlay Over(int divisor) => At(8 / divisor, 10 / divisor, 6 / divisor, 4 / divisor, divisor);

    private static Overlay At(int left, int top, int width, int height, int divisor, byte kind = Overlay.Over)
    {
        int w = 40 / divisor, h = 24 / divisor;
        var covered = new byte[w * h];
        for (var y = top; y < top + height; y++)
            covered.AsSpan(y * w + left, width).Fill(kind);
        return new Overlay(covered, w, h, divisor);
    }

    private static unsafe int Sample(VideoFrame frame, int plane, int x, int y)
    {
        var view = frame.Plane(plane);
        var i = y * view.Width + x;
        return frame.Layout.BytesPerSample == 1 ? view.Data[i] : ((ushort*)view.Data)[i];
    }

    private static unsafe void Fill(VideoFrame frame, Func<int, int, int, int> value)
    {
        for (var p = 0; p < frame.Layout.PlaneCount; p++)
        {
            var view = frame.Plane(p);
            for (var i = 0; i < view.Width * view.Height; i++)
            {
                var v = value(p, i % view.Width, i / view.Width);
                if (frame.Layout.BytesPerSample == 1)
                    view.Data[i] = (byte)v;
                else
                    ((ushort*)view.Data)[i] = (ushort)v;
            }
        }
    }

    private static void Each(VideoFrame frame, Action<int, int, int, int> check)
    {
        for (var p = 0; p < frame.Layout.PlaneCount; p++)
        {
            for (var i = 0; i < frame.Plane(p).Width * frame.Plane(p).Height; i++)
                check(p, i % frame.Plane(p).Width, i / frame.Plane(p).Width, Sample(frame, p, i % frame.Plane(p).Width, i / frame.Plane(p).Width));
        }
    }
}
