using Vfi.Pipeline;
using Vfi.Pipeline.Chunks;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Timing;

namespace Vfi.Tests.Chunks;

public sealed class ChunkStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IReadOnlyList<Chunk> _plan = ChunkPlan.Create(new OutputTimeline(10, 30, 0), 1);

    private string Work => _folder.File("work");

    [Fact]
    public async Task A_finished_chunk_is_found_again()
    {
        await FinishAsync(1);
        using var store = await OpenAsync();
        Assert.Equal([1], store.Finished.Keys);
        Assert.Equal(10, store.Counts.Source);
        Assert.Null(store.RestartReason);
    }

    [Theory]
    [InlineData("crf", "20")]
    [InlineData("model", "hold")]
    public async Task Other_options_start_anew_and_say_which(string option, string value)
    {
        await FinishAsync(0);
        using var store = await OpenAsync(option: option, value: value);
        Assert.Empty(store.Finished);
        Assert.Contains(option, store.RestartReason, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Work, "chunk-*"));
    }

    [Fact]
    public async Task Another_input_starts_anew()
    {
        await FinishAsync(0);
        using var store = await OpenAsync(input: "other");
        Assert.Empty(store.Finished);
        Assert.Contains("input", store.RestartReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_that_was_damaged_is_made_again()
    {
        await FinishAsync(0, 1);
        var path = Path.Combine(Work, "chunk-000001.mp4");
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        using var store = await OpenAsync();
        Assert.Equal([0], store.Finished.Keys);
    }

    [Fact]
    public async Task A_half_written_chunk_is_dropped()
    {
        await FinishAsync(0);
        await File.WriteAllTextAsync(Path.Combine(Work, "chunk-000001.part.mp4"), "half");
        using var store = await OpenAsync();
        Assert.Equal([0], store.Finished.Keys);
        Assert.False(File.Exists(Path.Combine(Work, "chunk-000001.part.mp4")));
    }

    [Fact]
    public async Task A_damaged_manifest_starts_anew()
    {
        await FinishAsync(0);
        await File.WriteAllTextAsync(Path.Combine(Work, "manifest.json"), "{ \"version\":");
        using var store = await OpenAsync();
        Assert.Contains("manifest", store.RestartReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_conversions_cannot_share_a_folder()
    {
        using var store = await OpenAsync();
        Assert.Equal(FailureKind.Failed, (await Assert.ThrowsAsync<VfiException>(() => OpenAsync())).Kind);
    }

    public void Dispose() => _folder.Dispose();

    private async Task FinishAsync(params int[] chunks)
    {
        using var store = await OpenAsync();
        foreach (var i in chunks)
        {
            await File.WriteAllTextAsync(store.PartialPath(_plan[i], "mp4"), $"chunk {i}");
            await store.FinishAsync(_plan[i], "mp4", new FrameCounts { Source = 10 }, default);
        }
    }

    private Task<ChunkStore> OpenAsync(string input = "input", string option = "crf", string value = "17")
    {
        var options = new Dictionary<string, string> { ["crf"] = "17", ["model"] = "blend" };
        options[option] = value;
        return ChunkStore.OpenAsync(Work, new ChunkManifest { Input = input, Options = options }, _plan, default);
    }
}
