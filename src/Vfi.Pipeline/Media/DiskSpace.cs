namespace Vfi.Pipeline.Media;

/// <summary>Tells a full disk from other failures: ffmpeg does not always say why it could not write.</summary>
internal static class DiskSpace
{
    private const long FullBelow = 256 << 10;

    /// <summary>Whether a failure happened on a disk that is full now.</summary>
    public static bool Explains(VfiException failure, string folder) =>
        failure.Kind == FailureKind.Failed && Directory.Exists(folder) && new DriveInfo(folder).AvailableFreeSpace < FullBelow;

    public static VfiException Failure(string folder, VfiException failure) =>
        VfiException.Failed($"{folder}: No space left on the disk; make room, or choose another folder ({failure.Message})", failure);
}
