using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Eight neighbouring samples at once, as single-precision numbers (AVX2).</summary>
/// <typeparam name="T">byte or ushort.</typeparam>
internal static unsafe class Samples8<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(T* at) => Avx.ConvertToVector256Single(
        typeof(T) == typeof(byte) ? Avx2.ConvertToVector256Int32((byte*)at) : Avx2.ConvertToVector256Int32((ushort*)at));

    /// <summary>Rounds halves up; values are 0 to the largest sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, T* at)
    {
        var v = Avx.ConvertToVector256Int32WithTruncation(value + Vector256.Create(0.5f));
        var words = Sse41.PackUnsignedSaturate(v.GetLower(), v.GetUpper());
        if (typeof(T) == typeof(byte))
            *(ulong*)at = Sse2.PackUnsignedSaturate(words.AsInt16(), words.AsInt16()).AsUInt64().ToScalar();
        else
            words.Store((ushort*)at);
    }
}
