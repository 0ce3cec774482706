using System.Buffers.Binary;
using System.Text;

namespace Vfi.Pipeline.Inference;

/// <summary>What a 64-bit little-endian ELF library says of itself (System V ABI, "Dynamic Section").</summary>
internal static class ElfFile
{
    private const uint DynamicSection = 6;
    private const long NeededTag = 1;

    /// <summary>Libraries that it is linked against, by their names (DT_NEEDED).</summary>
    /// <exception cref="InvalidDataException">Not such a file.</exception>
    public static IReadOnlyList<string> Needed(string path)
    {
        using var file = File.OpenRead(path);
        var header = Read(file, 0, 64);
        if (!header.AsSpan().StartsWith("\x7f"u8) || header[1] != 'E' || header[4] != 2 || header[5] != 1)
            throw new InvalidDataException($"{path}: not a 64-bit ELF file");
        var sections = Read(file, BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(40)), 64 * BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60)));
        for (var at = 0; at < sections.Length; at += 64)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(sections.AsSpan(at + 4)) != DynamicSection)
                continue;
            var entries = Content(file, sections, at);
            var names = Content(file, sections, 64 * (int)BinaryPrimitives.ReadUInt32LittleEndian(sections.AsSpan(at + 40)));
            return [.. Enumerable.Range(0, entries.Length / 16)
                .Where(i => BinaryPrimitives.ReadInt64LittleEndian(entries.AsSpan(16 * i)) == NeededTag)
                .Select(i => Text(names, (int)BinaryPrimitives.ReadInt64LittleEndian(entries.AsSpan(16 * i + 8))))];
        }
        return [];
    }

    private static byte[] Content(FileStream file, byte[] sections, int at) => Read(
        file, BinaryPrimitives.ReadInt64LittleEndian(sections.AsSpan(at + 24)), (int)BinaryPrimitives.ReadInt64LittleEndian(sections.AsSpan(at + 32)));

    private static string Text(byte[] names, int at) => Encoding.ASCII.GetString(names.AsSpan(at)[..names.AsSpan(at).IndexOf((byte)0)]);

    private static byte[] Read(FileStream file, long at, int length)
    {
        var content = new byte[length];
        file.Position = at;
        file.ReadExactly(content);
        return content;
    }
}
