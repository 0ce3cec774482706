using System.Text.RegularExpressions;
using Vfi.Worker.Commands;

namespace Vfi.Tests;

/// <summary>What the documents say can be typed, and what they name exists.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents() =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md"))
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "training"), "*.md")).Concat(Directory.GetFiles(Path.Combine(Repository.Root, "bench"), "*.md"))
            .Select(f => Path.GetRelativePath(Repository.Root, f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_document_has_a_title_and_says_something(string document) => Assert.Matches("^# .+\n\n(.|\n){200}", Text(document));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_vfi_command_parses(string document)
    {
        foreach (var line in Code(document).Select(l => l.Trim()).Where(l => l.StartsWith("./vfi ", StringComparison.Ordinal) && !l.Contains("COMMAND", StringComparison.Ordinal)))
        {
            // Brackets mark what may be left out; here it is left in.
            var text = line.Split('#')[0].Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Replace("…", "", StringComparison.Ordinal);
            var errors = CommandRunner.Parse(text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]).Errors;
            Assert.True(errors.Count == 0, $"{document}: {line}: {string.Join("; ", errors.Select(e => e.Message))}");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_setting_that_is_named_exists(string document) => Assert.All(
        Setting().Matches(Text(document)).Select(m => m.Groups[1].Value).Where(s => !s.EndsWith("Max", StringComparison.Ordinal) && !s.EndsWith("Allowed", StringComparison.Ordinal)),
        s => Assert.True(SettingKeys.Exists(s), $"{document}: {s}"));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_file_that_is_named_is_there(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        Assert.All(Link().Matches(Text(document)).Select(m => m.Groups[1].Value), l => Assert.True(Path.Exists(Path.Combine(folder, l)), $"{document}: {l}"));
        Assert.All(
            Repo().Matches(Text(document)).Select(m => m.Groups[1].Value.TrimEnd('.', ',', ':')).Where(p => !p.Contains("NAME", StringComparison.Ordinal)),
            p => Assert.True(Path.Exists(Path.Combine(Repository.Root, p)), $"{document}: {p}"));
    }

    private static string Text(string document) => File.ReadAllText(Path.Combine(Repository.Root, document));

    private static IEnumerable<string> Code(string document) => Text(document).Split('\n').Where(l => l.StartsWith("    ", StringComparison.Ordinal));

    [GeneratedRegex(@"\b((?:Queue|Store|Jobs|Worker|Inference):[A-Z][A-Za-z]+)")]
    private static partial Regex Setting();

    [GeneratedRegex(@"\]\(([^)#:]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<![\w./-])((?:infra|bench|tests|docs|src|models|training/config)/[\w./-]+)")]
    private static partial Regex Repo();
}
