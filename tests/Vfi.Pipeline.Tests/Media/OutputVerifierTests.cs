using Vfi.Pipeline;
using Vfi.Pipeline.Media;

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
        await OutputVerifier.VerifyChunkAsync(chunk, 12, CancellationToken.None);
        var e = await Assert.ThrowsAsync<VfiException>(() => OutputVerifier.VerifyChunkAsync(chunk, 13, CancellationToken.None));
        Assert.Equal(FailureKind.Failed, e.Kind);
        Assert.Contains("12 frames instead of 13", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_without_its_end_is_a_failure_to_try_again_and_not_bad_input()
    {
        var chunk = Chunk("mp4", "libx264");
        File.WriteAllBytes(chunk, File.ReadAllBytes(chunk)[..^200]);
        var e = await Assert.ThrowsAsync<VfiException>(() => OutputVerifier.VerifyChunkAsync(chunk, 12, CancellationToken.None));
        Assert.Equal(FailureKind.Failed, e.Kind);
    }

    public void Dispose() => _folder.Dispose();

    private string Chunk(string container, string encoder)
    {
        var path = _folder.File("chunk." + container);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=12:d=1", "-c:v", encoder, "-pix_fmt", "yuv420p", path);
        return path;
    }
}
