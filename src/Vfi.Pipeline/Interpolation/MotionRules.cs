using Vfi.Pipeline.Inference;

namespace Vfi.Pipeline.Interpolation;

/// <summary>What is made of a model's motion.</summary>
/// <param name="OtherFlows">See <see cref="InferenceOptions.OtherFlows"/>.</param>
/// <param name="Curved">See <see cref="InferenceOptions.Curved"/>.</param>
internal readonly record struct MotionRules(bool OtherFlows, bool Curved)
{
    public static MotionRules Of(InferenceOptions options) => new(options.OtherFlows, options.Curved);
}
