using System.Runtime.InteropServices;

namespace Vfi.Pipeline.Frames;

/// <summary>
/// Memory straight from the system, which has it back at once when it is freed: what goes through malloc stays with its arenas, of which
/// there are eight for each core, and frames are large.
/// </summary>
internal static unsafe partial class PageMemory
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    /// <returns>Aligned to pages, filled with 0; null: the system has none left.</returns>
    public static byte* Allocate(nuint length)
    {
        var data = Map(0, length, ReadWrite, PrivateAnonymous, -1, 0);
        return data == -1 ? null : (byte*)data;
    }

    public static void Free(byte* data, nuint length) => _ = Unmap((nint)data, length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
