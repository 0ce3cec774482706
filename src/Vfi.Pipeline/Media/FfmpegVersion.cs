using System.Globalization;
using System.Text.RegularExpressions;

namespace Vfi.Pipeline.Media;

/// <summary>The installed ffmpeg.</summary>
public static partial class FfmpegVersion
{
    /// <summary>The version text, such as <c>5.1.9-0+deb12u1</c>, and its major number (99 for builds without one).</summary>
    /// <exception cref="VfiException">Not installed, or too old (environment).</exception>
    public static async Task<(string Text, int Major)> ReadAsync(CancellationToken cancellationToken)
    {
        string? first = null;
        var (exit, _) = await Ffprobe.RunVersionAsync(l => first ??= l, cancellationToken).ConfigureAwait(false);
        if (exit != 0 || first is null)
            throw VfiException.Environment("ffprobe does not run; install ffmpeg 5.1 or later");
        var match = Version().Match(first);
        var text = match.Success ? match.Groups[1].Value : first;
        var numbers = Numbers().Match(text);
        if (!numbers.Success)
            return (text, 99);
        var major = int.Parse(numbers.Groups[1].Value, CultureInfo.InvariantCulture);
        var minor = int.Parse(numbers.Groups[2].Value, CultureInfo.InvariantCulture);
        return major > 5 || (major == 5 && minor >= 1) ? (text, major)
            : throw VfiException.Environment($"ffmpeg {text} is too old; install 5.1 or later");
    }

    [GeneratedRegex(@"version (\S+)")]
    private static partial Regex Version();

    [GeneratedRegex(@"^n?(\d+)\.(\d+)")]
    private static partial Regex Numbers();
}
