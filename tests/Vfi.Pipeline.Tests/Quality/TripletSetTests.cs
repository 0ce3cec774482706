using Vfi.Pipeline;
using Vfi.Pipeline.Quality;

namespace Vfi.Tests.Quality;

public sealed class TripletSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("im0.png gt.png im1.png", "im0.png gt.png im1.png")]
    [InlineData("im1.png im2.png im3.png", "im1.png im2.png im3.png")]
    [InlineData("frame_00.png frame_01_gt.png frame_02.png", "frame_00.png frame_01_gt.png frame_02.png")]
    [InlineData("im0.png gt.png im1.png before.png", "im0.png gt.png im1.png before.png")]
    public void Pictures_are_found_by_the_names_of_the_public_sets(string names, string expected)
    {
        Pictures("sequences/00001/0002", names.Split(' '));
        var triplet = Assert.Single(TripletSet.Find(_folder.Path));
        Assert.Equal("sequences/00001/0002", triplet.Id);
        Assert.Equal(expected, string.Join(' ', triplet.Pictures.OfType<string>().Select(p => Path.GetRelativePath(_folder.File("sequences/00001/0002"), p))));
    }

    [Fact]
    public void Folders_come_in_order_and_those_of_seven_pictures_do_not_count()
    {
        foreach (var name in (string[])["b", "a/2", "a/10"])
            Pictures(name, "im0.png", "gt.png", "im1.png");
        Pictures("septuplet", [.. Enumerable.Range(1, 7).Select(i => $"im{i}.png")]);
        Assert.Equal(["a/10", "a/2", "b"], TripletSet.Find(_folder.Path).Select(t => t.Id));
        Assert.Equal("b", Assert.Single(TripletSet.Find(_folder.File("b") + "/")).Id);
    }

    [Fact]
    public void A_list_names_folders_and_pictures()
    {
        Pictures("sequences/00001", "im1.png", "im2.png", "im3.png");
        Pictures("sequences/00002", "im1.png", "im2.png", "im3.png");
        var triplets = List("# chosen\n\nsequences/00002\n  film/000001.jpg\tfilm/000003.jpg film/000005.jpg  \n../a.png ../b.png ../c.png\n");
        Assert.Equal(["sequences/00002", "film/000003", "b"], triplets.Select(t => t.Id));
        Assert.Equal(new Triplet("film/000003", _folder.File("film/000001.jpg"), _folder.File("film/000003.jpg"), _folder.File("film/000005.jpg")), triplets[1]);
    }

    [Fact]
    public void Predictions_of_a_list_are_called_by_paths_below_any_folder()
    {
        Pictures("sequences/0.1", "im0.png", "gt.png", "im1.png");
        var inside = _folder.File("sequences/0.1");
        var triplets = List($"sequences/0.1/\n./sequences/../sequences/0.1\n{inside}\n/a.png /b.c.png /d.png\n");
        Assert.Equal(["sequences/0.1", "sequences/sequences/0.1", inside.TrimStart('/'), "b.c"], triplets.Select(t => t.Id));
    }

    [Theory]
    [InlineData("", "names no triplet")]
    [InlineData("nowhere", "line 1: nowhere holds no triplet")]
    [InlineData("# a\na b", "line 2: must be a folder, or three pictures")]
    public void A_list_that_names_none_is_told_by_its_line(string content, string said)
    {
        Assert.Contains(said, Assert.Throws<VfiException>(() => List(content)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_or_folder_that_is_missing_is_named()
    {
        Assert.Contains("list.txt", Assert.Throws<VfiException>(() => TripletSet.Read(_folder.File("list.txt"), _folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("none: no such folder", Assert.Throws<VfiException>(() => TripletSet.Find(_folder.File("none"))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<Triplet> List(string content)
    {
        File.WriteAllText(_folder.File("list.txt"), content);
        return TripletSet.Read(_folder.File("list.txt"), _folder.Path);
    }

    private void Pictures(string folder, params string[] names)
    {
        Directory.CreateDirectory(_folder.File(folder));
        foreach (var name in names)
            File.WriteAllText(Path.Combine(_folder.File(folder), name), "");
    }
}
