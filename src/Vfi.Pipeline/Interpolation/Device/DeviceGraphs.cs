using System.Reflection;
using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation.Device;

/// <summary>The graphs around the motion model, which <c>training/device_graphs.py</c> writes.</summary>
internal static class DeviceGraphs
{
    /// <summary>Planes to RGB view.</summary>
    public static string Prepare(PixelLayout layout) => $"prepare-{(layout.PlaneCount == 1 ? "grey" : "colour")}-{8 * layout.BytesPerSample}";

    /// <summary>Planes and motion to planes.</summary>
    /// <param name="layout">Of the frames.</param>
    /// <param name="hasOthers">Whether there are other flows.</param>
    public static string Synthesize(PixelLayout layout, bool hasOthers) => $"synthesize-{(hasOthers ? "others-" : "")}{8 * layout.BytesPerSample}";

    /// <summary>Views and flow to other flows, see <see cref="OtherFlows"/>.</summary>
    /// <param name="isCurved">Whether flows of the pairs before and after are among them.</param>
    public static string Neighbours(bool isCurved) => isCurved ? "neighbours-around" : "neighbours";

    /// <summary>Flow and mask, and the flows before and after, to bent ones and two other flows, see <see cref="MotionCurve"/>.</summary>
    public const string Bend = "bend";

    public static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name + ".onnx")
            ?? throw new InvalidOperationException($"no graph {name}");
        var graph = new byte[stream.Length];
        stream.ReadExactly(graph);
        return graph;
    }
}
