namespace Vfi.Pipeline.Media;

/// <summary>Reading a file here and there.</summary>
internal static class FileParts
{
    /// <summary>So many bytes from a place, or as many as there are.</summary>
    public static byte[] ReadAt(this FileStream file, long at, int length)
    {
        var data = new byte[length];
        file.Position = at;
        var read = file.ReadAtLeast(data, length, throwOnEndOfStream: false);
        return read == length ? data : data[..read];
    }
}
