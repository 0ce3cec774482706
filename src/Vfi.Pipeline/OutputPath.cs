using System.Globalization;
using Vfi.Pipeline.Media;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline;

/// <summary>Where the result goes.</summary>
internal static class OutputPath
{
    /// <summary>The path asked for, or <c>name_60fps.ext</c> beside the input; .mkv where the input's container cannot carry the codec.</summary>
    /// <exception cref="VfiException">The input itself, an existing file without overwriting, or an unwritable folder (bad input).</exception>
    public static string Resolve(ConversionOptions options, Rational fps, Encoder encoder)
    {
        var input = Path.GetFullPath(options.Input);
        var output = Path.GetFullPath(options.Output ?? Default(input, fps, encoder));
        if (Directory.Exists(output))
            throw VfiException.BadInput($"{output}: is a folder; give -o the name of a file");
        var folder = Path.GetDirectoryName(output)!;
        if (!Directory.Exists(folder))
            throw VfiException.BadInput($"{output}: the folder {folder} does not exist; create it or choose another -o");
        if (System.Text.Encoding.UTF8.GetByteCount(Path.GetFileName(output)) is var bytes && bytes > HiddenName.MaximumBytes)
            throw VfiException.BadInput($"{output}: the name has {bytes} bytes, and file systems take {HiddenName.MaximumBytes}; give -o a shorter one");
        if (Target(output) == Target(input))
            throw VfiException.BadInput($"{output}: is the input itself; choose another -o");
        if (File.Exists(output) && !options.Overwrite)
            throw VfiException.BadInput($"{output}: exists already; choose another -o, or replace it with --overwrite");
        RequireWritable(folder, output);
        return output;
    }

    /// <summary>The rate as it stands in file names: 60, 59.94, 23.976.</summary>
    internal static string RateName(Rational fps) => fps.Value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Default(string input, Rational fps, Encoder encoder)
    {
        var extension = Path.GetExtension(input);
        var container = Container.Find(input);
        if (container?.Takes(encoder) != true)
            extension = ".mkv";
        return Path.Combine(Path.GetDirectoryName(input)!, $"{Path.GetFileNameWithoutExtension(input)}_{RateName(fps)}fps{extension}");
    }

    private static string Target(string path) => !File.Exists(path) ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    private static void RequireWritable(string folder, string output)
    {
        var probe = Path.Combine(folder, $".vfi-{Guid.NewGuid():N}");
        try
        {
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw VfiException.BadInput($"{output}: the folder cannot be written to ({e.Message}); choose another -o", e);
        }
    }
}
