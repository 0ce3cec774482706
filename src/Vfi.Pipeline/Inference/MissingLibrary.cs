using System.Text.RegularExpressions;

namespace Vfi.Pipeline.Inference;

/// <summary>The name of the library that a loader's long message is about.</summary>
internal static partial class MissingLibrary
{
    /// <returns>Such as libcublas.so.13; null: the message is about something else.</returns>
    public static string? In(string message) => Pattern().Match(message) is { Success: true } m ? m.Value : null;

    [GeneratedRegex(@"lib[\w+-]+\.so[\w.]*(?=: cannot open)")]
    private static partial Regex Pattern();
}
