using System.Security.Cryptography;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Media;

public sealed class NutReaderTests
{
    [Theory]
    [InlineData("gray", 16, 10, "24000/1001", 30)]
    [InlineData("yuv420p", 47, 33, "25", 60)]
    [InlineData("yuv444p16le", 160, 90, "60", 20)]
    [InlineData("gbrp", 320, 180, "1000", 40)]
    public async Task Frames_and_timestamps_are_those_that_ffmpeg_wrote(string format, int width, int height, string rate, int count)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.nut");
        Tool.Ffmpeg("-f", "lavfi", "-i", Tool.TestPicture(width, height, rate, format), "-frames:v", $"{count}", "-vf", "setpts=PTS+0.5/TB",
            "-c:v", "rawvideo", "-f", "nut", path);
        await using var stream = File.OpenRead(path);
        var reader = new NutReader(stream);
        Assert.True(Rational.TryParse(rate, out var fps));
        var hashes = new List<string>();
        while (await reader.NextFrameAsync(default) is { } frame)
        {
            Assert.Equal((width, height), (reader.Width, reader.Height));
            var data = new byte[frame.Size];
            await reader.ReadDataAsync(data, default);
            var time = frame.Pts * new Rational(reader.TimeBase.Numerator, reader.TimeBase.Denominator);
            Assert.Equal(hashes.Count / fps, time - (new Rational(1, 2) * fps).Floor() / fps);
            hashes.Add(Convert.ToHexStringLower(MD5.HashData(data)));
        }
        Assert.Equal(Tool.FrameHashes(path), hashes);
    }

    [Fact]
    public async Task A_stream_cut_within_a_frame_is_an_error()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.nut");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "3", "-c:v", "rawvideo", "-f", "nut", path);
        var bytes = await File.ReadAllBytesAsync(path);
        var reader = new NutReader(new MemoryStream(bytes[..(bytes.Length / 2)]));
        await Assert.ThrowsAsync<EndOfStreamException>(async () =>
        {
            while (await reader.NextFrameAsync(default) is { } frame)
                await reader.ReadDataAsync(new byte[frame.Size], default);
        });
    }

    [Fact]
    public async Task Something_else_is_refused() =>
        await Assert.ThrowsAsync<InvalidDataException>(async () => await new NutReader(new MemoryStream(new byte[100])).NextFrameAsync(default));
}
