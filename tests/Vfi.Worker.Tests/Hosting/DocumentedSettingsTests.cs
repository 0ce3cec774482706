using System.Text.RegularExpressions;
using Vfi.Pipeline.Inference;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;

namespace Vfi.Tests.Hosting;

public sealed partial class DocumentedSettingsTests
{
    private static string Text => File.ReadAllText(Path.Combine(Repository.Root, "docs", "jobs.md"));

    [Theory]
    [InlineData(typeof(QueueOptions), "Queue")]
    [InlineData(typeof(StoreOptions), "Store")]
    [InlineData(typeof(JobOptions), "Jobs")]
    [InlineData(typeof(WorkerOptions), "Worker")]
    [InlineData(typeof(InferenceOptions), "Inference")]
    public void The_table_names_every_key_and_no_other(Type options, string section)
    {
        var row = Text.Split('\n').Single(l => l.StartsWith($"| `{section}` |", StringComparison.Ordinal));
        var keys = options.GetProperties().Where(p => p.CanWrite).Select(p => p.Name);
        Assert.Equal(keys.Order(), Name().Matches(row.Split('|')[2]).Select(m => m.Groups[1].Value).Order());
    }

    [Fact]
    public void The_table_names_every_dead_letter_reason()
    {
        var reasons = typeof(RejectReason).GetFields().Select(f => (string)f.GetRawConstantValue()!);
        Assert.All(reasons, r => Assert.Contains($"| `{r}` |", Text, StringComparison.Ordinal));
    }

    [GeneratedRegex("`([A-Za-z]+)`")]
    private static partial Regex Name();
}
