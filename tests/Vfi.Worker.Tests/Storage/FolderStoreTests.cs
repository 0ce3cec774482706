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

    protected override void Close() => _root.Dispose();
}
