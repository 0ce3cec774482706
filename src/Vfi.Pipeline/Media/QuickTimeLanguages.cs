namespace Vfi.Pipeline.Media;

/// <summary>
/// Languages as ffmpeg's QuickTime muxer knows them: many have two codes in ISO 639-2 (deu and ger), it knows one of both, sometimes a third, and leaves
/// what it does not know out without a word.
/// </summary>
internal static class QuickTimeLanguages
{
    private static readonly Dictionary<string, string> Known = new()
    {
        ["bod"] = "tib",
        ["cym"] = "wel",
        ["cze"] = "ces",
        ["deu"] = "ger",
        ["ell"] = "gre",
        ["eus"] = "baq",
        ["fas"] = "per",
        ["fre"] = "fra",
        ["hye"] = "arm",
        ["isl"] = "ice",
        ["kat"] = "geo",
        ["mkd"] = "mac",
        ["msa"] = "may",
        ["mya"] = "bur",
        ["nld"] = "dut",
        ["rum"] = "ron",
        ["slo"] = "slk",
        ["sqi"] = "alb",
        ["swe"] = "sve",
        ["zho"] = "chi",
    };

    /// <summary>The code that it knows in place of another for the same language; null: the language's own.</summary>
    public static string? InPlaceOf(string? language) => language is null ? null : Known.GetValueOrDefault(language);
}
