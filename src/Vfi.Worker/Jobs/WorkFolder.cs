using Vfi.Pipeline;

namespace Vfi.Worker.Jobs;

/// <summary>One attempt's local folder, held against other processes and removed at its end.</summary>
internal sealed class WorkFolder : IDisposable
{
    private const string LockName = ".lock";
    private readonly FileStream _lock;

    /// <param name="root">Holds all attempts' folders.</param>
    /// <param name="jobId">A safe name.</param>
    public WorkFolder(string root, string jobId)
    {
        Path = System.IO.Path.Combine(root, $"{jobId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path);
        _lock = new FileStream(System.IO.Path.Combine(Path, LockName), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <exception cref="VfiException">Less than the bytes and the reserve are free (failed: another node may have more).</exception>
    public void RequireSpace(long bytes, long reserve)
    {
        var free = new DriveInfo(Path).AvailableFreeSpace;
        if (free < bytes + reserve)
        {
            throw VfiException.Failed(
                $"{Path}: No space left for this job: {bytes >> 20} MB are needed and {reserve >> 20} MB stay free (Worker:MinFreeMegabytes), {free >> 20} MB are there");
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    /// <summary>Removes what killed processes left.</summary>
    public static void Sweep(string root)
    {
        if (!Directory.Exists(root))
            return;
        foreach (var folder in Directory.EnumerateDirectories(root))
        {
            var file = System.IO.Path.Combine(folder, LockName);
            if (!System.IO.File.Exists(file))
                continue;
            try
            {
                new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // Held by a process that lives, or being removed by another.
            }
        }
    }
}
