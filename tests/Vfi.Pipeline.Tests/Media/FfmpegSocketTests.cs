using FFMpegCore;
using Vfi.Pipeline.Media;

namespace Vfi.Tests.Media;

public sealed class FfmpegSocketTests
{
    private const int FrameBytes = 64 * 64 * 3;

    [Fact]
    public async Task What_a_slow_reader_has_not_taken_when_ffmpeg_ends_is_still_read()
    {
        long read = 0;
        using var socket = FfmpegSocket.ForOutput(async (stream, token) =>
        {
            var buffer = new byte[FrameBytes];
            while (await stream.ReadAsync(buffer, token) is > 0 and var count)
            {
                read += count;
                await Task.Delay(10, token);
            }
        });
        await Ffmpeg.RunAsync(Draw(socket, ":d=1"), "drawing", socket, null, CancellationToken.None);
        Assert.Equal(25 * FrameBytes, read);
        Assert.False(Directory.Exists(Path.GetDirectoryName(socket.Address["unix:".Length..])));
    }

    [Fact]
    public async Task What_goes_wrong_with_the_reader_ends_ffmpeg_and_is_thrown()
    {
        using var socket = FfmpegSocket.ForOutput(async (stream, token) =>
        {
            await stream.ReadExactlyAsync(new byte[FrameBytes], token);
            throw new InvalidDataException("enough");
        });
        await Assert.ThrowsAsync<InvalidDataException>(() => Ffmpeg.RunAsync(Draw(socket, ""), "drawing", socket, null, CancellationToken.None));
    }

    [Fact]
    public async Task A_reader_that_has_enough_just_when_ffmpeg_ends_is_heard_all_the_same()
    {
        // Nobody knows within how many milliseconds ffmpeg is gone and FFMpegCore still takes it for alive: all are tried.
        for (var i = 0; i < 30; i++)
        {
            using var socket = FfmpegSocket.ForOutput(async (stream, _) =>
            {
                await stream.CopyToAsync(Stream.Null, CancellationToken.None);
                Thread.Sleep(i % 10);
                throw new InvalidDataException("enough");
            });
            await Assert.ThrowsAsync<InvalidDataException>(() => Ffmpeg.RunAsync(Draw(socket, ":d=0.04"), "drawing", socket, null, CancellationToken.None));
        }
    }

    [Fact]
    public async Task An_ffmpeg_that_ends_before_it_opens_the_socket_is_not_waited_for()
    {
        using var socket = FfmpegSocket.ForOutput((_, _) => throw new InvalidOperationException("nobody came"));
        var e = await Assert.ThrowsAsync<FfmpegFailedException>(
            () => Ffmpeg.RunAsync(Draw(socket, ":nonsense=1"), "drawing", socket, null, CancellationToken.None));
        Assert.NotEmpty(e.Lines);
    }

    [Fact]
    public async Task An_ffmpeg_that_takes_no_more_input_ends_the_writer()
    {
        using var socket = FfmpegSocket.ForInput(async (stream, token) =>
        {
            while (true)
                await stream.WriteAsync(new byte[FrameBytes], token);
        });
        var processor = FFMpegArguments
            .FromFileInput(socket.Address, false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} -f rawvideo -pix_fmt rgb24 -video_size 64x64"))
            .OutputToFile("-", true, o => o.WithCustomArgument("-frames:v 3 -f null"));
        await Ffmpeg.RunAsync(processor, "counting", socket, null, CancellationToken.None);
    }

    [Fact]
    public async Task Cancellation_ends_a_stream_without_end()
    {
        using var cancel = new CancellationTokenSource();
        using var socket = FfmpegSocket.ForOutput(async (stream, token) =>
        {
            await stream.ReadExactlyAsync(new byte[FrameBytes], token);
            await cancel.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ffmpeg.RunAsync(Draw(socket, ""), "drawing", socket, null, cancel.Token));
    }

    private static FFMpegArgumentProcessor Draw(FfmpegSocket socket, string options) => FFMpegArguments
        .FromFileInput($"testsrc=s=64x64:r=25{options}", false, o => o.WithCustomArgument($"{Ffmpeg.Quiet} -f lavfi"))
        .OutputToFile(socket.Address, true, o => o.WithCustomArgument("-c:v rawvideo -pix_fmt rgb24 -f rawvideo"));
}
