using System.ComponentModel.DataAnnotations;

namespace Vfi.Worker.Hosting;

/// <summary>Checks settings that name a folder, which is made when it is first needed.</summary>
internal static class FolderSetting
{
    /// <summary>What is wrong with a folder: no name, or it or a folder that it is to lie in is a file.</summary>
    /// <param name="key">The setting's.</param>
    /// <param name="folder">Its value.</param>
    public static IEnumerable<ValidationResult> Problems(string key, string folder)
    {
        if (folder.Length == 0)
            yield return new ValidationResult($"{key} must name a folder");
        for (var path = folder.Length == 0 ? null : Path.GetFullPath(folder); path is not null; path = Path.GetDirectoryName(path))
        {
            if (File.Exists(path))
                yield return new ValidationResult($"{key} {folder}: {path} is a file; name a folder");
        }
    }
}
