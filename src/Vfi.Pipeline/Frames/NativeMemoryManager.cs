using System.Buffers;

namespace Vfi.Pipeline.Frames;

/// <summary>Native memory as <see cref="Memory{T}"/>; does not own it.</summary>
internal sealed unsafe class NativeMemoryManager(byte* data, int length) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => new(data, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(data + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
