namespace Vfi.Pipeline.Media;

/// <summary>Tells a full disk from other failures: ffmpeg does not always say why it could not write.</summary>
public static class DiskSpace
{
    private const int NoSpace = 28;
    private const int QuotaReached = 122;
    private const long FullBelow = 256 << 10;

    /// <summary>Whether a failure, or what led to it, says that a disk or a quota is full.</summary>
    public static bool IsFull(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            var says = e switch
            {
                VfiException { IsDiskFull: true } => true,
                IOException => (e.HResult & 0xFFFF) is NoSpace or QuotaReached,
                FfmpegFailedException f => f.Lines.Any(l => l.Contains("No space left", StringComparison.Ordinal) || l.Contains("quota exceeded", StringComparison.Ordinal)),
                _ => false,
            };
            if (says)
                return true;
        }
        return false;
    }

    /// <summary>Whether a failure to write into a folder, which has not been explained yet, comes from a disk that is full.</summary>
    internal static bool Explains(Exception failure, string folder) =>
        failure is IOException or VfiException { Kind: FailureKind.Failed, IsDiskFull: false }
        && (IsFull(failure) || (Directory.Exists(folder) && new DriveInfo(folder).AvailableFreeSpace < FullBelow));

    internal static VfiException Failure(string folder, Exception failure) => VfiException.DiskFull(
        $"{folder}: no space left on the disk; make room and run the same command again, or choose another folder ({failure.Message})", failure);
}
