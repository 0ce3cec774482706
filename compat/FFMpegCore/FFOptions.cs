namespace FFMpegCore;

public sealed class FFOptions
{
    /// <summary>The folder that holds the ffmpeg executable; empty: found in PATH.</summary>
    public string BinaryFolder { get; set; } = string.Empty;

    public string WorkingDirectory { get; set; } = string.Empty;
}
