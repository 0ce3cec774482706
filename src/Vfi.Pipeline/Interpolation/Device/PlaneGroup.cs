using Microsoft.ML.OnnxRuntime.Tensors;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation.Device;

/// <summary>Planes that the graphs take together, since they have one geometry: the first, or the other two.</summary>
/// <param name="Name">In the names of the graph's inputs.</param>
/// <param name="Count">Planes.</param>
/// <param name="Geometry">Of each.</param>
/// <param name="Offset">Bytes before them in a frame.</param>
/// <param name="Bytes">Of all of them.</param>
internal sealed record PlaneGroup(string Name, int Count, PlaneGeometry Geometry, int Offset, int Bytes)
{
    public long[] Shape => [1, Count, Geometry.Height, Geometry.Width];

    public static IReadOnlyList<PlaneGroup> Of(FrameFormat format)
    {
        PlaneGroup Group(string name, int plane, int count, int offset)
        {
            var g = PlaneGeometry.Of(format.Layout, plane, format.Width, format.Height, format.Colour.IsChromaLeft);
            return new PlaneGroup(name, count, g, offset, count * g.Width * g.Height * format.Layout.BytesPerSample);
        }
        var luma = Group("luma", 0, 1, 0);
        return format.Layout.PlaneCount == 1 ? [luma] : [luma, Group("chroma", 1, 2, luma.Bytes)];
    }

    public static TensorElementType Samples(PixelLayout layout) => layout.BytesPerSample == 1 ? TensorElementType.UInt8 : TensorElementType.UInt16;
}
