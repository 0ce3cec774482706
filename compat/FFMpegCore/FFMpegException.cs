namespace FFMpegCore.Exceptions;

public enum FFMpegExceptionType
{
    Conversion,
    File,
    Operation,
    Process,
}

public sealed class FFMpegException(
    FFMpegExceptionType type, string message, Exception? innerException = null, string ffMpegErrorOutput = "")
    : Exception(message, innerException)
{
    public FFMpegExceptionType Type { get; } = type;

    /// <summary>What ffmpeg wrote to stderr.</summary>
    public string FFMpegErrorOutput { get; } = ffMpegErrorOutput;
}
