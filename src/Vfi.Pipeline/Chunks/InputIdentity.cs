using System.Buffers.Binary;
using System.Security.Cryptography;
using Vfi.Pipeline.Media;

namespace Vfi.Pipeline.Chunks;

/// <summary>Tells whether an input is the one that earlier chunks were made from, without reading all of it.</summary>
internal static class InputIdentity
{
    private const int EndBytes = 1 << 20;

    /// <summary>Hash of the size, the first and last mebibyte, and every frame's timestamp.</summary>
    public static string Of(string path, PacketIndex index)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = File.OpenRead(path);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, stream.Length);
        hash.AppendData(number);
        var buffer = new byte[EndBytes];
        hash.AppendData(buffer, 0, stream.ReadAtLeast(buffer, EndBytes, throwOnEndOfStream: false));
        stream.Seek(-Math.Min(stream.Length, EndBytes), SeekOrigin.End);
        hash.AppendData(buffer, 0, stream.ReadAtLeast(buffer, EndBytes, throwOnEndOfStream: false));
        foreach (var pts in index.Pts)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, pts);
            hash.AppendData(number);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
