using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation.Device;

/// <summary>The graphs around a motion model.</summary>
/// <param name="Synthesize">Of the format's layout.</param>
/// <param name="Neighbours">Makes other flows of straight motion; null: there are none.</param>
/// <param name="NeighboursAround">Makes other flows of bent motion; null: there are none.</param>
/// <param name="Bend">Bends motion; null: all of it is straight.</param>
internal sealed record SynthesisGraphs(OnnxModel Synthesize, OnnxModel? Neighbours, OnnxModel? NeighboursAround, OnnxModel? Bend);
