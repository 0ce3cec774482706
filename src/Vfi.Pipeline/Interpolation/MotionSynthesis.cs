using System.Collections.Concurrent;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Makes a frame from two source frames and the motion between them, on the decoded planes: each sample is the
/// blend of both frames sampled bicubically where the flow points (backward warping; as in Super SloMo, Jiang et
/// al. 2018, and RIFE, Huang et al. 2022), or the weighted mean of several such where the flow is in doubt (overlapped block
/// motion compensation, Orchard and Sullivan 1994). Edges are clamped. Results do not depend on threads or vector width.
/// </summary>
internal sealed class MotionSynthesis(int threads)
{
    private readonly Dictionary<(PlaneGeometry, int Width, int Height, int Divisor, bool Others), PlaneMaps> _maps = [];

    /// <summary>Forces the scalar path, for comparison.</summary>
    internal bool Scalar { get; init; }

    /// <summary>Fills <paramref name="target"/>; all frames have one layout and size.</summary>
    /// <param name="first">The source frame that flow 0 points to.</param>
    /// <param name="second">The source frame that flow 1 points to.</param>
    /// <param name="motion">Flow and mask.</param>
    /// <param name="chromaLeft">Whether chroma lies at the left luma sample (MPEG-2, H.264 default) rather than between.</param>
    /// <param name="target">Filled; not one of the sources.</param>
    public void Synthesize(VideoFrame first, VideoFrame second, MotionField motion, bool chromaLeft, VideoFrame target)
    {
        var layout = target.Layout;
        if (!motion.UsesOthers())
            motion = motion with { Others = null };
        // Planes of one geometry go together: where a sample comes from is worked out once for all of them.
        foreach (var group in Enumerable.Range(0, layout.PlaneCount).GroupBy(p => PlaneGeometry.Of(layout, p, target.Width, target.Height, chromaLeft)))
        {
            var key = (group.Key, motion.Width, motion.Height, motion.Divisor, motion.Others is not null);
            if (!_maps.TryGetValue(key, out var maps))
                _maps[key] = maps = PlaneMaps.Create(group.Key, motion);
            WarpPlane[] planes = [.. group.Select(p => new WarpPlane(first.Plane(p), second.Plane(p), target.Plane(p)))];
            Planes(planes, group.Key, layout, maps, motion);
        }
    }

    private void Planes(WarpPlane[] planes, PlaneGeometry geometry, PixelLayout layout, PlaneMaps maps, MotionField motion)
    {
        var scalar = Scalar || !WarpRow.IsVectorised || geometry.Width < 16 || geometry.Height < 4;
        RowParallel.For(geometry.Height, threads, (from, end) =>
        {
            var rows = maps.TakeRows(motion);
            for (var y = from; y < end; y++)
            {
                rows.MoveTo(y);
                if (layout.BytesPerSample == 1)
                    WarpRow.Run<byte>(planes, geometry.Width, geometry.Height, layout.MaxValue, y, rows, scalar);
                else
                    WarpRow.Run<ushort>(planes, geometry.Width, geometry.Height, layout.MaxValue, y, rows, scalar);
            }
            maps.Return(rows);
        });
    }
}

/// <summary>The same plane of both sources and of the target.</summary>
internal readonly record struct WarpPlane(PlaneView First, PlaneView Second, PlaneView Target);

/// <summary>A plane's size and where its samples lie on luma.</summary>
internal readonly record struct PlaneGeometry(int Width, int Height, int ShiftX, int ShiftY, bool Left)
{
    /// <summary>Luma pixels from one sample to the next.</summary>
    public double StepX => 1 << ShiftX;

    public double StepY => 1 << ShiftY;

    /// <summary>Luma position of the first sample; 0.5 is the centre of the first luma pixel.</summary>
    public double FirstX => Left && ShiftX > 0 ? 0.5 : StepX / 2;

    public double FirstY => StepY / 2;

    public static PlaneGeometry Of(PixelLayout layout, int plane, int width, int height, bool chromaLeft)
    {
        var (shiftX, shiftY) = layout.IsChroma(plane) ? (layout.ShiftX, layout.ShiftY) : (0, 0);
        return new PlaneGeometry(layout.PlaneWidth(plane, width), layout.PlaneHeight(plane, height), shiftX, shiftY, chromaLeft && shiftX > 0);
    }
}

/// <summary>Where the samples of a plane fall on the grids of flow and mask, and what scales flow to its pixels.</summary>
internal sealed record PlaneMaps(
    AxisMap FlowX, AxisMap FlowY, AxisMap MaskX, AxisMap MaskY, float ScaleX, float ScaleY, int Others)
{
    // Not a bag: what a thread put into one is found from the thread, and these rows lead back to it, so that it would stay for as long as the thread.
    private readonly ConcurrentStack<FieldRows> _free = [];

    /// <summary>Working rows for one band; <see cref="Return"/> them.</summary>
    public FieldRows TakeRows(MotionField motion)
    {
        if (!_free.TryPop(out var rows))
            rows = new FieldRows(this);
        rows.Begin(motion);
        return rows;
    }

    public void Return(FieldRows rows) => _free.Push(rows);

    public static PlaneMaps Create(PlaneGeometry g, MotionField motion)
    {
        int cell = motion.Divisor;
        return new PlaneMaps(
            AxisMap.Create(g.Width, motion.Width / 2, g.StepX, g.FirstX, 2 * cell),
            AxisMap.Create(g.Height, motion.Height / 2, g.StepY, g.FirstY, 2 * cell),
            AxisMap.Create(g.Width, motion.Width, g.StepX, g.FirstX, cell),
            AxisMap.Create(g.Height, motion.Height, g.StepY, g.FirstY, cell),
            (float)(2 * cell / g.StepX), (float)(2 * cell / g.StepY), motion.Others is null ? 0 : OtherFlows.Count);
    }
}
