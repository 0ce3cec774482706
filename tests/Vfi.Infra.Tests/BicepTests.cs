using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Vfi.Tests;

public sealed class BicepTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "infra", "bicep");

    [Theory]
    [InlineData("build", "main.bicep")]
    [InlineData("build-params", "small.bicepparam")]
    [InlineData("build-params", "large.bicepparam")]
    public void The_template_compiles_without_a_warning(string command, string file)
    {
        var (exit, output, errors) = Bicep(command, file);
        Assert.True(exit == 0 && errors.Length == 0, errors + output);
    }

    [Fact]
    public void A_wrong_property_is_found()
    {
        using var folder = new TemporaryFolder();
        var text = File.ReadAllText(Path.Combine(Folder, "modules", "messaging.bicep"));
        File.WriteAllText(folder.File("wrong.bicep"), text.Replace("lockDuration: 'PT5M'", "lockTime: 'PT5M'", StringComparison.Ordinal));
        Assert.Contains("lockTime", Bicep("build", folder.File("wrong.bicep")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_queue_suits_the_worker()
    {
        var queue = Resource("messaging.bicep", "Microsoft.ServiceBus/namespaces/queues", "'jobs'");
        var properties = queue["properties"]!;
        Assert.Equal("PT5M", properties["lockDuration"]!.GetValue<string>());
        // The worker takes the decision on hopeless jobs (Worker:MaxAttempts); docs/jobs.md says 100 or more.
        Assert.True(properties["maxDeliveryCount"]!.GetValue<int>() >= 100);
        Assert.True(properties["requiresDuplicateDetection"]!.GetValue<bool>());
        Assert.True(properties["deadLetteringOnMessageExpiration"]!.GetValue<bool>());
    }

    [Fact]
    public void GPU_nodes_start_from_zero()
    {
        var cluster = JsonNode.Parse(Bicep("build", Path.Combine("modules", "cluster.bicep")).Output)!;
        Assert.Equal(0, cluster["variables"]!["gpuPool"]!["minCount"]!.GetValue<int>());
    }

    [Fact]
    public void There_are_no_keys_but_identities()
    {
        Assert.False(Resource("storage.bicep", "Microsoft.Storage/storageAccounts", "")["properties"]!["allowSharedKeyAccess"]!.GetValue<bool>());
        Assert.True(Resource("messaging.bicep", "Microsoft.ServiceBus/namespaces", "")["properties"]!["disableLocalAuth"]!.GetValue<bool>());
    }

    private static JsonNode Resource(string module, string type, string name) =>
        JsonNode.Parse(Bicep("build", Path.Combine("modules", module)).Output)!["resources"] switch
        {
            JsonArray list => list.First(r => Is(r!, type, name))!,
            JsonNode named => named.AsObject().First(r => Is(r.Value!, type, name)).Value!,
            null => throw new InvalidOperationException("no resources"),
        };

    private static bool Is(JsonNode resource, string type, string name) =>
        resource["type"]!.GetValue<string>() == type && resource["name"]!.GetValue<string>().Contains(name, StringComparison.Ordinal);

    private static (int Exit, string Output, string Errors) Bicep(string command, string file)
    {
        var compiler = typeof(BicepTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Bicep").Value!;
        Tool.Run("chmod", "+x", compiler);
        var start = new ProcessStartInfo(compiler, [command, Path.Combine(Folder, file), "--stdout"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
