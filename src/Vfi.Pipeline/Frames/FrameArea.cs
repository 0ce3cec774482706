namespace Vfi.Pipeline.Frames;

/// <summary>Where the picture lies in frames that have borders around it.</summary>
/// <param name="X">Columns of luma to its left; a whole number of chroma samples.</param>
/// <param name="Y">Rows of luma above it; likewise.</param>
/// <param name="Width">Columns of luma.</param>
/// <param name="Height">Rows of luma.</param>
public sealed record FrameArea(int X, int Y, int Width, int Height)
{
    /// <summary>Copies the picture out of a frame.</summary>
    /// <param name="frame">Read.</param>
    /// <param name="picture">Filled; of the area's size.</param>
    public void Cut(VideoFrame frame, VideoFrame picture)
    {
        for (var p = 0; p < frame.Layout.PlaneCount; p++)
        {
            for (var y = 0; y < picture.Plane(p).Height; y++)
                Part(frame, p, y).CopyTo(Row(picture, p, y));
        }
    }

    /// <summary>Puts a picture into a frame; the borders around it stay.</summary>
    /// <param name="picture">Read; of the area's size.</param>
    /// <param name="frame">Gets it.</param>
    public void Paste(VideoFrame picture, VideoFrame frame)
    {
        for (var p = 0; p < frame.Layout.PlaneCount; p++)
        {
            for (var y = 0; y < picture.Plane(p).Height; y++)
                Row(picture, p, y).CopyTo(Part(frame, p, y));
        }
    }

    public override string ToString() => $"{Width}x{Height} at {X},{Y}";

    private Span<byte> Part(VideoFrame frame, int plane, int y)
    {
        var layout = frame.Layout;
        var (shiftX, shiftY) = layout.IsChroma(plane) ? (layout.ShiftX, layout.ShiftY) : (0, 0);
        return Row(frame, plane, (Y >> shiftY) + y).Slice((X >> shiftX) * layout.BytesPerSample, layout.PlaneWidth(plane, Width) * layout.BytesPerSample);
    }

    private static unsafe Span<byte> Row(VideoFrame frame, int plane, int y)
    {
        var view = frame.Plane(plane);
        var bytes = view.Width * frame.Layout.BytesPerSample;
        return new Span<byte>(view.Data + (long)y * bytes, bytes);
    }
}
