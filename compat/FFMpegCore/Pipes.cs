namespace FFMpegCore.Pipes;

/// <summary>Writes what ffmpeg reads from a pipe.</summary>
public interface IPipeSource
{
    /// <summary>The input options that describe the stream, such as <c>-f rawvideo -pix_fmt yuv420p</c>.</summary>
    string GetStreamArguments();

    Task WriteAsync(Stream outputStream, CancellationToken cancellationToken);
}

/// <summary>Reads what ffmpeg writes to a pipe.</summary>
public interface IPipeSink
{
    Task ReadAsync(Stream inputStream, CancellationToken cancellationToken);

    /// <summary>The container's short name for <c>-f</c>, or empty.</summary>
    string GetFormat();
}
