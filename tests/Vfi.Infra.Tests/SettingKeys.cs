using Vfi.Pipeline.Inference;
using Vfi.Worker.Hosting;

namespace Vfi.Tests;

/// <summary>The settings that the worker knows.</summary>
internal static class SettingKeys
{
    private static readonly Dictionary<string, Type> Sections = new()
    {
        ["Queue"] = typeof(QueueOptions),
        ["Store"] = typeof(StoreOptions),
        ["Jobs"] = typeof(JobOptions),
        ["Worker"] = typeof(WorkerOptions),
        ["Inference"] = typeof(InferenceOptions),
    };

    /// <param name="setting">Section:Key or Section__Key, perhaps with an index after it.</param>
    public static bool Exists(string setting)
    {
        var parts = setting.Replace("__", ":", StringComparison.Ordinal).Split(':');
        return parts.Length >= 2 && Sections.TryGetValue(parts[0], out var options) && options.GetProperty(parts[1]) is { CanWrite: true };
    }
}
