using Vfi.Pipeline;

namespace Vfi.Worker.Jobs;

/// <summary>
/// One attempt's local folder, held against other processes and removed at its end. The lock is a file beside it, there before the
/// folder and removed after it: a process may be killed anywhere between, or a child of it write a last file into what is
/// being removed, and what is left is still found.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private const string LockExtension = ".lock";
    private readonly FileStream _lock;

    /// <param name="root">Holds all attempts' folders.</param>
    /// <param name="jobId">A safe name.</param>
    public WorkFolder(string root, string jobId)
    {
        Path = System.IO.Path.Combine(root, $"{jobId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(root);
        _lock = new FileStream(Path + LockExtension, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <exception cref="VfiException">Less than the bytes and the reserve are free (failed: another node may have more).</exception>
    public void RequireSpace(long bytes, long reserve)
    {
        var free = new DriveInfo(Path).AvailableFreeSpace;
        if (free < bytes + reserve)
        {
            throw VfiException.DiskFull(
                $"{Path}: no space left for this job: {bytes >> 20} MB are needed and {reserve >> 20} MB stay free (Worker:MinFreeMegabytes), {free >> 20} MB are there");
        }
    }

    public void Dispose()
    {
        using (_lock)
        {
            Directory.Delete(Path, recursive: true);
            System.IO.File.Delete(_lock.Name);
        }
    }

    /// <summary>Before the first job: sees that attempts can have their folders, and removes what killed processes left.</summary>
    /// <exception cref="VfiException">They cannot (environment): every job would fail, again and again.</exception>
    public static void Prepare(string root)
    {
        try
        {
            using var trial = new WorkFolder(root, "trial");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw VfiException.Environment($"Worker:WorkFolder {root}: cannot be written to ({e.Message}); give a folder that can", e);
        }
        Sweep(root);
    }

    private static void Sweep(string root)
    {
        foreach (var file in Directory.GetFiles(root, "*" + LockExtension))
        {
            try
            {
                using var held = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                var folder = file[..^LockExtension.Length];
                if (Directory.Exists(folder))
                    Directory.Delete(folder, recursive: true);
                System.IO.File.Delete(file);
            }
            catch (IOException)
            {
                // Held by a process that lives, or being removed by another.
            }
        }
    }
}
