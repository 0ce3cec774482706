using System.Text.Json.Nodes;

namespace Vfi.Tests;

/// <summary>The Service Bus broker with the queues <c>jobs</c> and <c>results</c>, which detect duplicates as those of the Bicep template do; keeps its messages over restarts.</summary>
public sealed class Broker : NodeServer
{
    private readonly HttpClient _http = new();
    private readonly int _control;
    private readonly TemporaryFolder _state;

    private Broker(int port, int control, string queue, TemporaryFolder state)
        : base(port, Path.Combine(Emulators, "servicebus", "broker.js"), "--port", $"{port}", "--control", $"{control}", "--queue", queue, "--queue", "results:unique=3600", "--state", state.File("state.json"))
    {
        (_control, _state) = (control, state);
        ConnectionString = $"Endpoint=sb://localhost:{port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;";
    }

    public string ConnectionString { get; }

    public static Broker Start(double lockSeconds = 30, int maxDeliveries = 1000, int uniqueSeconds = 86400) =>
        new(FreePort(), FreePort(), FormattableString.Invariant($"jobs:lock={lockSeconds},max={maxDeliveries},unique={uniqueSeconds}"), new TemporaryFolder());

    /// <summary>Messages of a queue: all, or those of one kind (locked, scheduled, completed).</summary>
    public async Task<int> CountAsync(string queue, string kind = "messages")
    {
        var counts = JsonNode.Parse(await _http.GetStringAsync($"http://127.0.0.1:{_control}/queues"))!;
        return counts[queue]![kind]!.GetValue<int>();
    }

    /// <summary>Breaks all connections.</summary>
    public Task CutAsync() => _http.PostAsync($"http://127.0.0.1:{_control}/cut", null);

    /// <summary>Leaves management requests, such as renewals, without an answer for a time.</summary>
    public Task DeafenAsync(TimeSpan time) => _http.PostAsync($"http://127.0.0.1:{_control}/deaf?ms={(int)time.TotalMilliseconds}", null);

    public override void Dispose()
    {
        base.Dispose();
        _http.Dispose();
        _state.Dispose();
    }
}
