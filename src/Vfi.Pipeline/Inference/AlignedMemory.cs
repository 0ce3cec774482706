using System.Runtime.InteropServices;

namespace Vfi.Pipeline.Inference;

/// <summary>
/// Memory for what graphs read. ONNX Runtime's sums on the CPU group what they add by where it lies: of equal inputs at 8 and at 16
/// bytes' alignment come outputs that differ in their last bits, and a resumed conversion would differ from an unbroken one.
/// </summary>
internal static class AlignedMemory
{
    private const int Alignment = 64;

    /// <summary>Pinned, not cleared, at a multiple of 64 bytes.</summary>
    public static Memory<float> Floats(int length)
    {
        var array = GC.AllocateUninitializedArray<float>(length + Alignment / sizeof(float), pinned: true);
        var past = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) % Alignment);
        return array.AsMemory((Alignment - past) % Alignment / sizeof(float), length);
    }
}
