using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;
using Vfi.Worker.Storage;

namespace Vfi.Tests.Storage;

public sealed class AzuriteFixture : IDisposable
{
    public Azurite Azurite { get; } = Azurite.Start();

    public void Dispose() => Azurite.Dispose();
}

public sealed class AzureBlobStoreTests : VideoStoreTests, IClassFixture<AzuriteFixture>
{
    private readonly AzureBlobStore _store;
    private readonly BlobServiceClient _client;
    private readonly int _port;

    public AzureBlobStoreTests(AzuriteFixture fixture)
    {
        _port = fixture.Azurite.Port;
        _client = Client(fixture.Azurite.ConnectionString);
        _store = Open(_client);
        _client.CreateBlobContainer(Container);
    }

    private protected override IVideoStore Store => _store;

    [Theory]
    [InlineData("videos/a.mp4", "videos/a.mp4")]
    [InlineData("http://127.0.0.1:{port}/devstoreaccount1/videos/dir/a%20b.mp4", "videos/dir/a b.mp4")]
    public void A_path_and_a_url_of_the_account_are_understood(string text, string expected)
    {
        Assert.True(_store.TryResolve(text.Replace("{port}", $"{_port}", StringComparison.Ordinal), out var path, out var problem), problem);
        Assert.Equal(expected, path!.ToString());
    }

    [Theory]
    [InlineData("https://other.blob.core.windows.net/videos/a.mp4", "not in the allowed account")]
    [InlineData("http://127.0.0.1:{port}/otheraccount/videos/a.mp4", "not in the allowed account")]
    [InlineData("http://127.0.0.1:{port}@evil.example/devstoreaccount1/videos/a.mp4", "not in the allowed account")]
    [InlineData("http://127.0.0.1:{port}/devstoreaccount1/videos/a.mp4?sv=1&sig=x", "without query")]
    [InlineData("http://127.0.0.1:{port}/devstoreaccount1/videos/..%2f..%2fx", "'..'")]
    public void A_url_elsewhere_is_refused(string text, string expected)
    {
        Assert.False(_store.TryResolve(text.Replace("{port}", $"{_port}", StringComparison.Ordinal), out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_is_tried_again_while_the_service_is_busy() =>
        Assert.Null(await WhileBusyAsync(store => store.FindAsync(At("none"), CancellationToken.None)));

    [Fact]
    public async Task A_list_is_whole_although_the_service_is_busy()
    {
        await Store.WriteAsync(At("listed"), "1", null, CancellationToken.None);
        var items = await WhileBusyAsync(store => store.ListAsync(Container, "listed", CancellationToken.None).ToListAsync().AsTask());
        Assert.Equal("listed", Assert.Single(items).Path.Name);
    }

    [Fact]
    public async Task A_list_that_breaks_off_is_read_again()
    {
        await Store.WriteAsync(At("listed"), "1", null, CancellationToken.None);
        using var proxy = FaultyProxy.Start(_port);
        await proxy.SetAsync("half");
        var listing = Open(Client(proxy.ConnectionString)).ListAsync(Container, "listed", CancellationToken.None).ToListAsync().AsTask();
        await RefusedAsync(proxy, 1, listing);
        await proxy.SetAsync("ok");
        Assert.Equal("listed", Assert.Single(await listing).Path.Name);
    }

    [Fact]
    public async Task A_document_that_is_replaced_while_it_is_read_is_read_again()
    {
        var version = await Store.WriteAsync(At("document"), "old", null, CancellationToken.None);
        using var proxy = FaultyProxy.Start(_port);
        await proxy.SetAsync("half");
        var reading = Open(Client(proxy.ConnectionString)).ReadAsync(At("document"), CancellationToken.None);
        await RefusedAsync(proxy, 1, reading);
        await Store.WriteAsync(At("document"), "new", version, CancellationToken.None);
        await proxy.SetAsync("ok");
        Assert.Equal("new", (await reading)?.Text);
    }

    [Fact]
    public async Task A_status_is_written_although_the_answers_to_repeated_writes_are_lost()
    {
        using var proxy = FaultyProxy.Start(_port);
        using var claim = await JobClaim.TakeAsync(
            Open(Client(proxy.ConnectionString)), Container, "job", _ => new JobStatus { Id = "job", State = "running", Owner = "me" }, TimeProvider.System, CancellationToken.None);
        await proxy.SetAsync("lost");
        var writing = claim!.WriteAsync(s => s with { Percent = 50 }, CancellationToken.None);
        await RefusedAsync(proxy, 2, writing);
        await proxy.SetAsync("ok");
        await writing;
        var stored = await Store.ReadAsync(JobClaim.PathOf(Container, "job"), CancellationToken.None);
        Assert.Equal(50, JobClaim.Parse(stored!.Text)!.Percent);
    }

    [Fact]
    public async Task An_upload_whose_answer_is_lost_is_not_taken_for_anothers()
    {
        var file = await LocalAsync(new byte[3_000_000]);
        using var proxy = FaultyProxy.Start(_port);
        await proxy.SetAsync("lost");
        var item = await Open(Client(proxy.ConnectionString)).UploadAsync(file, At("upload"), "text/plain", new Dictionary<string, string> { ["a"] = "b" }, overwrite: false, CancellationToken.None);
        Assert.True(await proxy.RefusedAsync() > 0);
        var stored = await Store.FindAsync(At("upload"), CancellationToken.None);
        Assert.Equal((item.Length, item.ETag), (stored!.Length, stored.ETag));
        await Assert.ThrowsAsync<StoreException>(() => Store.UploadAsync(file, At("upload"), "text/plain", new Dictionary<string, string>(), overwrite: false, CancellationToken.None));
    }

    [Fact]
    public async Task Folders_of_a_hierarchical_namespace_are_not_listed()
    {
        await Store.UploadAsync(await LocalAsync([]), At("shows/new"), "application/octet-stream", new Dictionary<string, string> { ["hdi_isfolder"] = "true" }, overwrite: false, CancellationToken.None);
        await Store.WriteAsync(At("shows/new/a.mp4"), "1", null, CancellationToken.None);
        Assert.Equal(["shows/new/a.mp4"], await Store.ListAsync(Container, "shows/", CancellationToken.None).Select(item => item.Path.Name).ToListAsync());
    }

    [Fact]
    public async Task A_list_of_more_than_a_page_is_whole()
    {
        var store = Open(_client, pageSize: 2);
        foreach (var i in Enumerable.Range(0, 5))
            await store.WriteAsync(At($"paged/{i}"), "1", null, CancellationToken.None);
        Assert.Equal(5, await store.ListAsync(Container, "paged/", CancellationToken.None).Select(item => item.Path).Distinct().CountAsync());
    }

    [Fact]
    public async Task A_missing_container_cannot_be_written_to()
    {
        var e = await Assert.ThrowsAsync<StoreException>(() => Store.CheckWritableAsync("nowhere", CancellationToken.None));
        Assert.Equal(StoreFailure.NotFound, e.Failure);
    }

    [Fact]
    public async Task A_missing_container_is_not_tried_again()
    {
        var started = DateTime.UtcNow;
        var e = await Assert.ThrowsAsync<StoreException>(() => _store.WriteAsync(new StorePath("nowhere", "x"), "1", null, CancellationToken.None));
        Assert.Equal(StoreFailure.NotFound, e.Failure);
        Assert.True(DateTime.UtcNow - started < TimeSpan.FromSeconds(2));
    }

    /// <summary>Calls, and lets the service refuse twice.</summary>
    private async Task<T> WhileBusyAsync<T>(Func<AzureBlobStore, Task<T>> call)
    {
        using var proxy = FaultyProxy.Start(_port);
        await proxy.SetAsync("503");
        var calling = call(Open(Client(proxy.ConnectionString)));
        await RefusedAsync(proxy, 2, calling);
        await proxy.SetAsync("ok");
        return await calling;
    }

    private static async Task RefusedAsync(FaultyProxy proxy, int times, Task calling)
    {
        while (!calling.IsCompleted && await proxy.RefusedAsync() < times)
            await Task.Delay(10);
    }

    private static BlobServiceClient Client(string connectionString)
    {
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02);
        options.Retry.MaxRetries = 0;
        return new BlobServiceClient(connectionString, options);
    }

    private static AzureBlobStore Open(BlobServiceClient client, int? pageSize = null)
    {
        var options = new StoreOptions { BlockMegabytes = 1, RetrySeconds = 0.1 };
        return new AzureBlobStore(client, options, Resilience.Store(options, NullLogger.Instance)) { PageSize = pageSize };
    }
}
