using Vfi.Worker.Storage;

namespace Vfi.Tests.Storage;

/// <summary>What every store must do; run against each.</summary>
public abstract class VideoStoreTests : IDisposable
{
    private readonly TemporaryFolder _local = new();

    private static CancellationToken None => CancellationToken.None;

    private protected abstract IVideoStore Store { get; }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((5 << 20) + 3)]
    public async Task What_is_uploaded_comes_down_again(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        var file = await LocalAsync(content);
        var uploaded = await Store.UploadAsync(file, At("dir/ä b.bin"), "video/mp4", new Dictionary<string, string> { ["vfijob"] = "j1" }, overwrite: false, None);
        var found = await Store.FindAsync(At("dir/ä b.bin"), None);
        Assert.Equal((length, uploaded.ETag, "j1"), ((int)found!.Length, found.ETag, found.Metadata["vfijob"]));
        await Store.DownloadAsync(found, _local.File("back"), None);
        Assert.Equal(content, await File.ReadAllBytesAsync(_local.File("back")));
    }

    [Fact]
    public async Task Engines_come_back_as_they_were_kept_and_only_whole()
    {
        var engines = new EngineContainer(Store, Container);
        var kept = Directory.CreateDirectory(_local.File("kept")).FullName;
        var back = Directory.CreateDirectory(_local.File("engine-back")).FullName;
        await File.WriteAllTextAsync(Path.Combine(kept, "graph.engine"), "an engine");
        await File.WriteAllTextAsync(Path.Combine(kept, "engine.json"), "{}");
        Assert.False(await engines.FetchAsync("model-64x64", back, None));
        await engines.KeepAsync("model-64x64", kept, None);
        Assert.True(await engines.FetchAsync("model-64x64", back, None));
        Assert.Equal("an engine", await File.ReadAllTextAsync(Path.Combine(back, "graph.engine")));
        await Store.DeleteAsync(At("engines/model-64x64/engine.json"), None);
        Assert.False(await engines.FetchAsync("model-64x64", back, None));
    }

    [Fact]
    public async Task Whether_it_can_be_written_to_is_seen_without_a_trace()
    {
        await Store.EnsureContainerAsync(Container, None);
        await Store.CheckWritableAsync(Container, None);
        await Store.CheckWritableAsync(Container, None);
        Assert.False(await Store.ListAsync(Container, "", None).AnyAsync());
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        Assert.Null(await Store.FindAsync(At("none"), None));
        Assert.Null(await Store.ReadAsync(At("none"), None));
        await Store.DeleteAsync(At("none"), None);
    }

    [Fact]
    public async Task An_upload_does_not_replace_unless_told_to()
    {
        await UploadAsync("x", "one");
        var e = await Assert.ThrowsAsync<StoreException>(() => UploadAsync("x", "two"));
        Assert.Equal(StoreFailure.Conflict, e.Failure);
        Assert.Equal("one", (await Store.ReadAsync(At("x"), None))!.Text);
        await UploadAsync("x", "three", overwrite: true);
        Assert.Equal("three", (await Store.ReadAsync(At("x"), None))!.Text);
    }

    [Fact]
    public async Task Of_many_uploads_at_once_one_wins_whole()
    {
        var contents = Enumerable.Range(0, 6).Select(i => new string((char)('a' + i), 3 << 20)).ToArray();
        var outcomes = await Task.WhenAll(contents.Select(async c =>
        {
            try
            {
                await UploadAsync("race", c);
                return true;
            }
            catch (StoreException e) when (e.Failure is StoreFailure.Conflict or StoreFailure.Unavailable)
            {
                return false;
            }
        }));
        Assert.Equal(1, outcomes.Count(o => o));
        Assert.Equal(contents[Array.IndexOf(outcomes, true)], (await Store.ReadAsync(At("race"), None))!.Text);
    }

    [Fact]
    public async Task A_replaced_item_is_noticed()
    {
        await UploadAsync("x", new string('a', 4 << 20));
        var old = await Store.FindAsync(At("x"), None);
        await UploadAsync("x", new string('b', 4 << 20), overwrite: true);
        var e = await Assert.ThrowsAsync<StoreException>(() => Store.DownloadAsync(old!, _local.File("back"), None));
        Assert.Equal(StoreFailure.Conflict, e.Failure);
    }

    [Fact]
    public async Task A_document_is_written_by_whoever_read_it_last()
    {
        var first = await Store.WriteAsync(At("d.json"), "1", null, None);
        await Assert.ThrowsAsync<StoreException>(() => Store.WriteAsync(At("d.json"), "x", null, None));
        var second = await Store.WriteAsync(At("d.json"), "2", first, None);
        var e = await Assert.ThrowsAsync<StoreException>(() => Store.WriteAsync(At("d.json"), "x", first, None));
        Assert.Equal(StoreFailure.Conflict, e.Failure);
        Assert.Equal(new StoreDocument("2", second), await Store.ReadAsync(At("d.json"), None));
    }

    [Fact]
    public async Task Of_many_writers_of_one_version_one_wins()
    {
        var version = await Store.WriteAsync(At("d.json"), "0", null, None);
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 12).Select(i => Task.Run(async () =>
        {
            try
            {
                await Store.WriteAsync(At("d.json"), $"{i}", version, None);
                return true;
            }
            catch (StoreException e) when (e.Failure == StoreFailure.Conflict)
            {
                return false;
            }
        })));
        Assert.Equal(1, outcomes.Count(o => o));
    }

    [Fact]
    public async Task Listing_gives_what_begins_with_the_prefix()
    {
        foreach (var name in (string[])["a/1", "a/2", "ab", "b/1"])
            await UploadAsync(name, "x");
        Assert.Equal(["a/1", "a/2"], await ListAsync("a/"));
        await Store.DeleteAsync(At("a/1"), None);
        Assert.Equal(["a/2"], await ListAsync("a/"));
    }

    [Fact]
    public async Task What_is_listed_can_be_downloaded()
    {
        await UploadAsync("a/1", "content");
        await foreach (var item in Store.ListAsync(Container, "a/", None))
            await Store.DownloadAsync(item, _local.File("back"), None);
        Assert.Equal("content", await File.ReadAllTextAsync(_local.File("back")));
    }

    public void Dispose()
    {
        _local.Dispose();
        Close();
        GC.SuppressFinalize(this);
    }

    private protected StorePath At(string name) => new(Container, name);

    protected virtual string Container { get; } = $"test-{Guid.NewGuid():N}";

    protected virtual void Close()
    {
    }

    private async Task<List<string>> ListAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var item in Store.ListAsync(Container, prefix, None))
            names.Add(item.Path.Name);
        return names;
    }

    private async Task UploadAsync(string name, string content, bool overwrite = false) =>
        await Store.UploadAsync(await LocalAsync(System.Text.Encoding.UTF8.GetBytes(content)), At(name), "text/plain", new Dictionary<string, string>(), overwrite, None);

    private protected async Task<string> LocalAsync(byte[] content)
    {
        var file = _local.File(Guid.NewGuid().ToString("N"));
        await File.WriteAllBytesAsync(file, content);
        return file;
    }
}
