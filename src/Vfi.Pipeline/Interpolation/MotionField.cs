namespace Vfi.Pipeline.Interpolation;

/// <summary>Motion from an instant between two frames to both of them, estimated on the reduced view.</summary>
/// <param name="Width">Of the view with its padding, in view pixels: a multiple of the model's alignment.</param>
/// <param name="Height">As <paramref name="Width"/>.</param>
/// <param name="Flow">4 × height/2 × width/2: to the first frame x, y, then to the second x, y, in half-size view pixels.</param>
/// <param name="Mask">height × width: the weight of the first frame, 0 to 1.</param>
/// <param name="Divisor">Full-size pixels a view pixel.</param>
/// <param name="Others"><see cref="OtherFlows.Count"/> × 5 × height/2 × width/2: other motions, each as <paramref name="Flow"/> with the weight of the
/// picture that it leads to as fifth channel; <paramref name="Flow"/> has what is left of 1. Null: none.</param>
public sealed record MotionField(int Width, int Height, float[] Flow, float[] Mask, int Divisor, float[]? Others = null)
{
    /// <summary>Whether one of the other flows has any weight.</summary>
    internal bool UsesOthers()
    {
        var size = Width / 2 * (Height / 2);
        for (var k = 0; Others is not null && k < OtherFlows.Count; k++)
        {
            if (Others.AsSpan((5 * k + 4) * size, size).ContainsAnyExcept(0f))
                return true;
        }
        return false;
    }
}
