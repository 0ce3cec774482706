using System.Diagnostics;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;

namespace Vfi.Tests.Inference;

public sealed class EngineCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notes = [];
    private int _built;

    private string Root => Path.Combine(_folder.Path, "engines");

    [Fact]
    public async Task An_engine_is_built_once_and_found_again()
    {
        using (await OpenAsync(Key()))
        using (await OpenAsync(Key()))
            Assert.Equal(1, _built);
        Assert.True(Cache().Has(Key()));
        Assert.Equal(["an engine"], Directory.GetFiles(Assert.Single(Cache().List()).Folder, "*.engine").Select(File.ReadAllText));
    }

    [Fact]
    public async Task A_refused_engine_is_not_kept()
    {
        await Assert.ThrowsAsync<EngineRefusedException>(() => OpenAsync(Key(), accept: _ => throw new EngineRefusedException("wrong")));
        Assert.Empty(Cache().List());
    }

    [Fact]
    public async Task An_engine_of_a_provider_that_left_no_file_is_refused() =>
        await Assert.ThrowsAsync<EngineRefusedException>(() => Cache().OpenAsync(Key(), _ => new Session(), _ => { }, CancellationToken.None));

    [Theory]
    [InlineData("graph.engine", "other", "graph.engine is damaged")]
    [InlineData("graph.engine", null, "graph.engine is missing")]
    [InlineData("engine.json", "{", "engine.json is damaged")]
    [InlineData("engine.json", null, "not complete")]
    public async Task A_broken_engine_is_discarded_said_and_built_again(string file, string? content, string said)
    {
        (await OpenAsync(Key())).Dispose();
        var path = Path.Combine(Root, Key().FolderName, file);
        if (content is null)
            File.Delete(path);
        else
            File.WriteAllText(path, content);
        Assert.Contains(said, Assert.Single(Cache().List()).Problem, StringComparison.Ordinal);
        (await OpenAsync(Key())).Dispose();
        Assert.Equal(2, _built);
        Assert.Contains(_notes, n => n.Contains(said, StringComparison.Ordinal));
        Assert.Null(Assert.Single(Cache().List()).Problem);
    }

    [Fact]
    public async Task A_foreign_engine_under_this_name_is_discarded()
    {
        (await OpenAsync(Key())).Dispose();
        Directory.Move(Path.Combine(Root, Key().FolderName), Path.Combine(Root, Key(height: 512).FolderName));
        (await OpenAsync(Key(height: 512))).Dispose();
        Assert.Equal(2, _built);
        Assert.Contains(_notes, n => n.Contains("built for something else", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_killed_build_left_is_removed()
    {
        var part = Directory.CreateDirectory(Path.Combine(Root, Key().FolderName + ".1234.part")).FullName;
        (await OpenAsync(Key())).Dispose();
        Assert.False(Directory.Exists(part));
    }

    [Fact]
    public async Task The_least_recently_used_goes_when_the_cache_is_full()
    {
        foreach (var height in (int[])[64, 128, 192])
            (await OpenAsync(Key(height))).Dispose();
        foreach (var (height, minutes) in ((int, int)[])[(64, 1), (128, 3), (192, 2)])
            File.SetLastWriteTimeUtc(Path.Combine(Root, Key(height).FolderName, "used"), DateTime.UtcNow.AddMinutes(-minutes));
        var size = new DirectoryInfo(Path.Combine(Root, Key(64).FolderName)).EnumerateFiles().Sum(f => f.Length);
        Assert.Equal([Key(128).FolderName], Cache().Prune(size * 2 + size / 2).Select(e => Path.GetFileName(e.Folder)));
        Assert.True(Cache().Has(Key(64)) && Cache().Has(Key(192)));
    }

    [Fact]
    public async Task Of_two_processes_one_builds_and_the_other_waits()
    {
        (await OpenAsync(Key())).Dispose();
        var (built, key) = (Path.Combine(_folder.Path, "built"), Path.Combine(Root, Key().FolderName));
        Directory.Move(key, built);
        using var other = Process.Start("flock", [key + ".lock", "sh", "-c", $"touch '{_folder.Path}/locked'; sleep 0.7; mv '{built}' '{key}'"]);
        while (!File.Exists(Path.Combine(_folder.Path, "locked")))
            await Task.Delay(5);
        (await OpenAsync(Key())).Dispose();
        Assert.Equal(1, _built);
        Assert.Contains(_notes, n => n.Contains("another process builds", StringComparison.Ordinal));
        await other.WaitForExitAsync();
    }

    [Fact]
    public async Task A_builder_that_never_ends_is_not_waited_for_forever()
    {
        Directory.CreateDirectory(Root);
        using var held = new FileStream(Path.Combine(Root, Key().FolderName + ".lock"), FileMode.Create, FileAccess.Write, FileShare.None);
        var cache = new EngineCache(Root, long.MaxValue, TimeSpan.FromSeconds(0.3), _notes.Add);
        var e = await Assert.ThrowsAsync<VfiException>(() => cache.OpenAsync(Key(), Build, _ => { }, CancellationToken.None));
        Assert.Contains("Inference:EngineWaitSeconds", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_serves_what_it_has_and_nothing_breaks()
    {
        // Even root cannot make a folder below a file.
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "file"), "");
        var cache = new EngineCache(Path.Combine(_folder.Path, "file", "engines"), long.MaxValue, TimeSpan.FromSeconds(1), _notes.Add);
        (await cache.OpenAsync(Key(), Build, _ => { }, CancellationToken.None)).Dispose();
        Assert.Equal(1, _built);
        Assert.Contains(_notes, n => n.Contains("cannot be written", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_engine_that_another_node_built_is_fetched_instead_of_built()
    {
        var store = new FolderEngines(Path.Combine(_folder.Path, "shared"));
        (await OpenAsync(Key(), "node1", store)).Dispose();
        (await OpenAsync(Key(), "node2", store)).Dispose();
        Assert.Equal(1, _built);
        Assert.Contains(_notes, n => n.Contains("fetched the engine", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("graph.engine is damaged")]
    [InlineData("does not answer")]
    public async Task An_engine_that_does_not_come_whole_is_built(string problem)
    {
        var store = new FolderEngines(Path.Combine(_folder.Path, "shared"));
        (await OpenAsync(Key(), "node1", store)).Dispose();
        if (problem == "does not answer")
            store.IsDown = true;
        else
            File.WriteAllText(Path.Combine(_folder.Path, "shared", Key().FolderName, "graph.engine"), "not thing");
        (await OpenAsync(Key(), "node2", store)).Dispose();
        Assert.Equal(2, _built);
        Assert.Contains(_notes, n => n.Contains(problem, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private static EngineKey Key(int height = 384) => EngineKeyTests.Key(height: height);

    private EngineCache Cache() => new(Root, long.MaxValue, TimeSpan.FromSeconds(20), _notes.Add);

    private Task<Session> OpenAsync(EngineKey key, Action<Session>? accept = null) => Cache().OpenAsync(key, Build, accept ?? (_ => { }), CancellationToken.None);

    private Task<Session> OpenAsync(EngineKey key, string node, IEngineStore store) =>
        new EngineCache(Path.Combine(_folder.Path, node), long.MaxValue, TimeSpan.FromSeconds(20), _notes.Add, store).OpenAsync(key, Build, _ => { }, CancellationToken.None);

    private Session Build(string folder)
    {
        var file = Path.Combine(folder, "graph.engine");
        if (!File.Exists(file))
        {
            _built++;
            File.WriteAllText(file, "an engine");
        }
        return new Session();
    }

    /// <summary>A store of engines in a folder.</summary>
    private sealed class FolderEngines(string root) : IEngineStore
    {
        public bool IsDown { get; set; }

        public string Description => "the shared folder";

        public Task<bool> FetchAsync(string name, string folder, CancellationToken cancellationToken)
        {
            Answer();
            if (!Directory.Exists(Path.Combine(root, name)))
                return Task.FromResult(false);
            Copy(Path.Combine(root, name), folder);
            return Task.FromResult(true);
        }

        public Task KeepAsync(string name, string folder, CancellationToken cancellationToken)
        {
            Answer();
            Copy(folder, Directory.CreateDirectory(Path.Combine(root, name)).FullName);
            return Task.CompletedTask;
        }

        private static void Copy(string from, string to)
        {
            foreach (var file in Directory.GetFiles(from))
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }

        private void Answer()
        {
            if (IsDown)
                throw new IOException("the store does not answer");
        }
    }

    private sealed class Session : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
