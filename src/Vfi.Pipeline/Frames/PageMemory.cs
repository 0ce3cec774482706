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

    /// <returns>Aligned to pages, filled with 0.</returns>
    /// <exception cref="InsufficientMemoryException">The system has none left.</exception>
    public static byte* Allocate(nuint length)
    {
        var data = Map(0, length, ReadWrite, PrivateAnonymous, -1, 0);
        return data != -1 ? (byte*)data : throw new InsufficientMemoryException($"the system has no {length} bytes left");
    }

    public static void Free(byte* data, nuint length) => _ = Unmap((nint)data, length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
