using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Quality;

/// <summary>Drawn pictures whose motion is known: waves of several lengths, different in each plane.</summary>
internal static class TestPattern
{
    /// <summary>Each as a map of a pixel's place, from the middle of the picture, onto the texture at a frame.</summary>
    private static readonly Dictionary<string, Func<float, float, int, (float X, float Y)>> Places = new()
    {
        ["panning"] = (x, y, frame) => (x - 9 * frame, y - 3 * frame),
        ["rotating"] = (x, y, frame) => (x * MathF.Cos(0.03f * frame) - y * MathF.Sin(0.03f * frame), x * MathF.Sin(0.03f * frame) + y * MathF.Cos(0.03f * frame)),
        ["static"] = (x, y, _) => (x, y),
    };

    public static IReadOnlyCollection<string> Names => Places.Keys;

    /// <summary>One frame of a pattern, over nearly the whole range of values.</summary>
    /// <param name="pool">Of any layout and size.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="frame">0, 1, 2 ..</param>
    /// <returns>The caller releases it.</returns>
    public static unsafe VideoFrame Draw(FramePool pool, string name, int frame)
    {
        var place = Places[name];
        var picture = pool.Rent();
        var layout = pool.Layout;
        for (var p = 0; p < layout.PlaneCount; p++)
        {
            // Captured pointers live as long as the frame.
            var plane = picture.Plane(p);
            var (stepX, stepY) = layout.IsChroma(p) ? (1 << layout.ShiftX, 1 << layout.ShiftY) : (1, 1);
            var component = p;
            Parallel.For(0, plane.Height, y =>
            {
                for (var x = 0; x < plane.Width; x++)
                {
                    var (u, v) = place(x * stepX - pool.Width / 2f, y * stepY - pool.Height / 2f, frame);
                    var value = (int)(Texture(u, v, component) * layout.MaxValue);
                    if (layout.BytesPerSample == 1)
                        plane.Data[y * plane.Width + x] = (byte)value;
                    else
                        ((ushort*)plane.Data)[y * plane.Width + x] = (ushort)value;
                }
            });
        }
        return picture;
    }

    private static float Texture(float x, float y, int component) =>
        0.5f + 0.19f * MathF.Sin(0.11f * x + 0.05f * y + component) + 0.16f * MathF.Sin(0.04f * x - 0.13f * y + 2 * component) + 0.12f * MathF.Sin(0.31f * x + 0.27f * y);
}
