using System.Text;

namespace Vfi.Worker.Storage;

/// <summary>Files that outlive a crash of the machine.</summary>
internal static class DurableFile
{
    /// <summary>Writes a text that is on disk when this returns: renamed before, a crash could leave an empty file under the final name.</summary>
    public static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Create, FileAccess.Write);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
        stream.Flush(flushToDisk: true);
    }
}
