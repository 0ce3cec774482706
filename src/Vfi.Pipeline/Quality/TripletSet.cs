namespace Vfi.Pipeline.Quality;

/// <summary>The triplets of a folder, by the names that the public sets give their pictures, or of a list.</summary>
public static class TripletSet
{
    /// <summary>First, truth and second; a folder that also has the last is no triplet.</summary>
    private static readonly (string First, string Truth, string Second, string? Not)[] Names =
    [
        ("im0", "gt", "im1", null),
        // Vimeo-90K (Xue et al., 2019); its septuplets go on.
        ("im1", "im2", "im3", "im4"),
        // UCF101 as Liu et al. (2017) cut it.
        ("frame_00", "frame_01_gt", "frame_02", null),
    ];

    /// <summary>What folders are looked for, for messages.</summary>
    public static string Known { get; } = string.Join(", or ", Names.Select(n => $"{n.First}.png, {n.Truth}.png and {n.Second}.png"));

    /// <summary>Of <paramref name="directory"/> and the folders below it that hold one, in order.</summary>
    /// <exception cref="VfiException">There are none (bad input).</exception>
    public static IReadOnlyList<Triplet> Find(string directory)
    {
        Require(directory);
        var found = Directory.EnumerateDirectories(directory, "*", new EnumerationOptions { RecurseSubdirectories = true }).Order(StringComparer.Ordinal).Prepend(directory)
            .Select(folder => Of(folder, folder == directory ? Path.GetFileName(Path.GetFullPath(directory).TrimEnd('/')) : Path.GetRelativePath(directory, folder)))
            .OfType<Triplet>().ToList();
        return found.Count > 0 ? found
            : throw VfiException.BadInput($"{directory}: no folder in it holds {Known}; give the folder of a triplet set, or a list");
    }

    /// <summary>Those that a list names.</summary>
    /// <param name="list">A line each: a folder, or first, truth and second picture, with blanks between; empty lines and those that begin with # are nothing.</param>
    /// <param name="directory">What the lines are relative to.</param>
    /// <exception cref="VfiException">The list cannot be read, names none, or a line is no triplet (bad input).</exception>
    public static IReadOnlyList<Triplet> Read(string list, string directory)
    {
        Require(directory);
        string[] lines;
        try
        {
            lines = File.ReadAllLines(list);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw VfiException.BadInput($"{list}: cannot be read: {e.Message}", e);
        }
        var found = new List<Triplet>();
        foreach (var (number, line) in lines.Index())
        {
            if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is not [[not '#', ..], ..] words)
                continue;
            found.Add(words switch
            {
                [var folder] => Of(Path.Combine(directory, folder), Below(folder))
                    ?? throw VfiException.BadInput($"{list}, line {number + 1}: {folder} holds no triplet below {directory} ({Known})"),
                [var first, var truth, var second] => new Triplet(
                    Below(Path.ChangeExtension(truth, null)), Path.Combine(directory, first), Path.Combine(directory, truth), Path.Combine(directory, second)),
                _ => throw VfiException.BadInput($"{list}, line {number + 1}: must be a folder, or three pictures (first, truth, second); has {words.Length} words"),
            });
        }
        return found.Count > 0 ? found : throw VfiException.BadInput($"{list}: names no triplet");
    }

    /// <summary>The path as one below any folder: predictions are called by it.</summary>
    private static string Below(string path) => string.Join('/', path.Split('/').Where(part => part is not ("" or "." or "..")));

    private static void Require(string directory)
    {
        if (!Directory.Exists(directory))
            throw VfiException.BadInput($"{directory}: no such folder");
    }

    private static Triplet? Of(string folder, string id)
    {
        string? Picture(string? name) => name is not null && Path.Combine(folder, name + ".png") is var path && File.Exists(path) ? path : null;
        foreach (var names in Names)
        {
            if (Picture(names.First) is { } first && Picture(names.Truth) is { } truth && Picture(names.Second) is { } second && Picture(names.Not) is null)
                return new Triplet(id, first, truth, second, Picture("before"), Picture("after"));
        }
        return null;
    }
}
