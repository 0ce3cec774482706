using Vfi.Pipeline;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Media;

public sealed class OutputVerifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("mp4", "libx264")]
    [InlineData("mov", "ffv1")]
    [InlineData("mkv", "ffv1")]
    public async Task A_chunk_is_whole_only_with_all_its_frames(string container, string encoder)
    {
        var chunk = Chunk(container, encoder);
        await OutputVerifier.VerifyChunkAsync(chunk, 12, 12, CancellationToken.None);
        var e = await Assert.ThrowsAsync<VfiException>(() => OutputVerifier.VerifyChunkAsync(chunk, 13, 12, CancellationToken.None));
        Assert.Equal(FailureKind.Failed, e.Kind);
        Assert.Contains("12 frames instead of 13", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<VfiException>(() => OutputVerifier.VerifyChunkAsync(chunk, 12, new Rational(12_000, 1001), CancellationToken.None));
        Assert.Contains("after the first instead of", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_without_its_end_is_a_failure_to_try_again_and_not_bad_input()
    {
        var chunk = Chunk("mp4", "libx264");
        File.WriteAllBytes(chunk, File.ReadAllBytes(chunk)[..^200]);
        var e = await Assert.ThrowsAsync<VfiException>(() => OutputVerifier.VerifyChunkAsync(chunk, 12, 12, CancellationToken.None));
        Assert.Equal(FailureKind.Failed, e.Kind);
    }

    [Theory]
    [InlineData(null, "0 1502 3003 4505")]
    [InlineData("holds 3 frames instead of 4", "0 1502 3003")]
    [InlineData("frame 2 lies 0.033389 s after the first instead of 0.033367", "0 1502 3005 4505")]
    [InlineData("frame 1 lies 0.033367 s after the first instead of 0.016683", "0 3003 3004 4505")]
    public void Each_frame_must_lie_where_it_was_planned_but_for_a_tick(string? wrong, string ticks)
    {
        var planned = new OutputTimeline(new Rational(60000, 1001), 4, Rational.Zero);
        void Verify() => OutputVerifier.VerifyTimes("out.ts", [.. ticks.Split(' ').Select(long.Parse)], new Rational(1, 90_000), planned, "");
        if (wrong is null)
            Verify();
        else
            Assert.Contains(wrong, Assert.Throws<VfiException>(Verify).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string Chunk(string container, string encoder)
    {
        var path = _folder.File("chunk." + container);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=12:d=1", "-c:v", encoder, "-pix_fmt", "yuv420p", path);
        return path;
    }
}
