using Vfi.Worker.Storage;

namespace Vfi.Tests.Storage;

public sealed class FolderStoreTests : VideoStoreTests
{
    private readonly TemporaryFolder _root = new();
    private readonly FolderStore _store;

    public FolderStoreTests() => _store = new FolderStore(_root.Path);

    private protected override IVideoStore Store => _store;

    [Fact]
    public async Task A_link_out_of_the_container_is_not_followed()
    {
        Directory.CreateDirectory(_root.File(Container));
        File.CreateSymbolicLink(Path.Combine(_root.Path, Container, "passwd"), "/etc/passwd");
        File.CreateSymbolicLink(Path.Combine(_root.Path, Container, "etc"), "/etc");
        foreach (var name in (string[])["passwd", "etc/passwd", "../x", "/etc/passwd"])
        {
            var e = await Assert.ThrowsAsync<StoreException>(() => Store.FindAsync(At(name), CancellationToken.None));
            Assert.Equal(StoreFailure.Denied, e.Failure);
        }
    }

    [Fact]
    public async Task A_name_of_full_length_keeps_its_metadata()
    {
        var path = At(new string('視', 83) + ".mp4");
        await Store.UploadAsync(typeof(FolderStoreTests).Assembly.Location, path, "video/mp4", new Dictionary<string, string> { ["vfijob"] = "j1" }, overwrite: false, CancellationToken.None);
        Assert.Equal("j1", (await Store.FindAsync(path, CancellationToken.None))!.Metadata["vfijob"]);
        await Store.DeleteAsync(path, CancellationToken.None);
        Assert.DoesNotContain(Directory.GetFiles(_root.File(Container)), f => f.EndsWith(".metadata", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_lock_that_a_frozen_process_holds_is_taken_from_it()
    {
        var version = await Store.WriteAsync(At("d.json"), "1", null, CancellationToken.None);
        var path = Path.Combine(_root.Path, Container, ".vfi-lock");
        using var frozen = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(-11));
        await Store.WriteAsync(At("d.json"), "2", version, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("2", (await Store.ReadAsync(At("d.json"), CancellationToken.None))!.Text);
    }

    protected override void Close() => _root.Dispose();
}
