using System.Net.Sockets;

namespace Vfi.Pipeline.Media;

/// <summary>
/// A Unix domain socket through which one ffmpeg process gives or takes a stream. FFMpegCore's own pipes are closed when
/// ffmpeg ends: what a slow reader has not taken by then is lost without an error.
/// </summary>
internal sealed class FfmpegSocket : IDisposable
{
    private readonly DirectoryInfo _folder = CreateFolder();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<Stream, CancellationToken, Task> _transfer;
    private readonly bool _isInput;

    private FfmpegSocket(Func<Stream, CancellationToken, Task> transfer, bool isInput)
    {
        (_transfer, _isInput) = (transfer, isInput);
        var path = Path.Combine(_folder.FullName, "s");
        Address = "unix:" + path;
        try
        {
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen(1);
        }
        catch (Exception e) when (e is ArgumentException or SocketException)
        {
            Dispose();
            throw Unsuitable(e);
        }
    }

    /// <summary>What ffmpeg calls it.</summary>
    public string Address { get; }

    /// <summary>For an input of ffmpeg; ends quietly when ffmpeg takes no more, since its exit code tells why.</summary>
    public static FfmpegSocket ForInput(Func<Stream, CancellationToken, Task> write) => new(write, true);

    /// <summary>For the output of ffmpeg; read to its end even when ffmpeg has ended before.</summary>
    public static FfmpegSocket ForOutput(Func<Stream, CancellationToken, Task> read) => new(read, false);

    /// <summary>Waits for ffmpeg and transfers the stream; does nothing when it ends without having come.</summary>
    /// <param name="ended">Fires when ffmpeg has ended.</param>
    /// <param name="stop">Fires when the work is given up.</param>
    public async Task RunAsync(CancellationToken ended, CancellationToken stop)
    {
        if (await AcceptAsync(ended).ConfigureAwait(false) is not { } socket)
            return;
        // Nobody else is to come; what is killed leaves nothing behind.
        Remove();
        var stream = new NetworkStream(socket, ownsSocket: true);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                await _transfer(stream, _isInput ? ended : stop).ConfigureAwait(false);
            }
            catch (Exception e) when (_isInput && e is IOException or OperationCanceledException && !stop.IsCancellationRequested)
            {
                // ffmpeg takes no more.
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Remove();
    }

    private static DirectoryInfo CreateFolder()
    {
        try
        {
            return Directory.CreateTempSubdirectory("vfi-");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unsuitable(e);
        }
    }

    private static VfiException Unsuitable(Exception e) =>
        VfiException.Environment($"{Path.GetTempPath()}: no socket can be made there ({e.Message}); set TMPDIR to a folder that exists, can be written to and has a short name", e);

    private void Remove()
    {
        if (Directory.Exists(_folder.FullName))
            _folder.Delete(recursive: true);
    }

    private async Task<Socket?> AcceptAsync(CancellationToken ended)
    {
        try
        {
            return await _listener.AcceptAsync(ended).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It may have come and gone meanwhile: what it left can still be read.
            return _listener.Poll(0, SelectMode.SelectRead) ? _listener.Accept() : null;
        }
    }
}
