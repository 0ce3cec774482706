using System.Security.Cryptography;
using System.Text;

namespace Vfi.Pipeline;

/// <summary>Names of what lies hidden beside a file.</summary>
public static class HiddenName
{
    /// <summary>Bytes of UTF-8 that file systems take in a name.</summary>
    public const int MaximumBytes = 255;

    /// <param name="file">The name of the file, without folders.</param>
    /// <param name="prefix">Begins with a dot.</param>
    /// <param name="suffix">Tells what it is.</param>
    /// <returns>The name between both, or its hash where that would be too long; always the same of the same name.</returns>
    public static string Of(string file, string prefix, string suffix)
    {
        var name = prefix + file + suffix;
        return Encoding.UTF8.GetByteCount(name) <= MaximumBytes ? name
            : prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file)))[..32] + suffix;
    }
}
