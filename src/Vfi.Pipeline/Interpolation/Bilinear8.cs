using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Eight places on planes of one size, between whose samples values are bilinear; edges clamped.</summary>
internal readonly struct Bilinear8
{
    public const int Lanes = 8;

    private readonly Vector256<int> _upperLeft;
    private readonly Vector256<int> _upperRight;
    private readonly Vector256<int> _lowerLeft;
    private readonly Vector256<int> _lowerRight;
    private readonly Vector256<float> _u;
    private readonly Vector256<float> _v;

    /// <summary>The places <paramref name="offsetX"/> and <paramref name="offsetY"/> beside x, x + 1 .. x + 7 of row y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Bilinear8(int width, int height, int x, int y, Vector256<float> offsetX, Vector256<float> offsetY)
    {
        var places = Vector256.Create(0f, 1, 2, 3, 4, 5, 6, 7) + Vector256.Create((float)x) + offsetX;
        var px = Vector256.Min(Vector256.Max(places, Vector256<float>.Zero), Vector256.Create(width - 1f));
        var py = Vector256.Min(Vector256.Max(Vector256.Create((float)y) + offsetY, Vector256<float>.Zero), Vector256.Create(height - 1f));
        Vector256<float> left = Vector256.Floor(px), top = Vector256.Floor(py);
        (_u, _v) = (px - left, py - top);
        var column = Vector256.ConvertToInt32(left);
        var row = Vector256.ConvertToInt32(top);
        var right = Vector256.Min(column + Vector256<int>.One, Vector256.Create(width - 1));
        var below = Vector256.Min(row + Vector256<int>.One, Vector256.Create(height - 1)) * width;
        row *= width;
        (_upperLeft, _upperRight, _lowerLeft, _lowerRight) = (row + column, row + right, below + column, below + right);
    }

    /// <summary>A plane's values at these places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Of(ReadOnlySpan<float> plane)
    {
        var upper = Mix(Gather(plane, _upperLeft), Gather(plane, _upperRight), _u);
        var lower = Mix(Gather(plane, _lowerLeft), Gather(plane, _lowerRight), _u);
        return Mix(upper, lower, _v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(ReadOnlySpan<float> values, int at) => Vector256.Create(values.Slice(at, Lanes));

    /// <summary>The first <paramref name="count"/> values, at most eight.</summary>
    public static void Store(Vector256<float> values, Span<float> target, int count)
    {
        if (count >= Lanes)
        {
            values.CopyTo(target);
            return;
        }
        for (var i = 0; i < count; i++)
            target[i] = values[i];
    }

    private static Vector256<float> Mix(Vector256<float> a, Vector256<float> b, Vector256<float> share) => a + (b - a) * share;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector256<float> Gather(ReadOnlySpan<float> values, Vector256<int> at)
    {
        if (Avx2.IsSupported)
        {
            fixed (float* v = values)
                return Avx2.GatherVector256(v, at, sizeof(float));
        }
        return Vector256.Create(values[at[0]], values[at[1]], values[at[2]], values[at[3]], values[at[4]], values[at[5]], values[at[6]], values[at[7]]);
    }
}
