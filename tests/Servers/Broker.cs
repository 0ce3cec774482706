using System.Text.Json.Nodes;

namespace Vfi.Tests;

/// <summary>The Service Bus broker with the queues <c>jobs</c> and <c>results</c>, which detect duplicates as those of the Bicep template do; keeps its messages over restarts.</summary>
public sealed class Broker : NodeServer
{
    private readonly HttpClient _http = new();
    private readonly int _control;
    private readonly TemporaryFolder _state;

    private Broker(int port, int webSockets, int control, string queue, ServerCertificate? certificate, TemporaryFolder state)
        : base(port, [Path.Combine(Emulators, "servicebus", "broker.js"), "--port", $"{port}", "--websockets", $"{webSockets}", "--control", $"{control}",
            "--queue", queue, "--queue", "results:unique=3600", "--state", state.File("state.json"),
            .. (string[])(certificate is null ? [] : ["--certificate", certificate.File, "--certificate-key", certificate.KeyFile])])
    {
        (_control, _state) = (control, state);
        (ConnectionString, WebSocketConnectionString) = (At(port), At(webSockets));
        string At(int at) => $"Endpoint=sb://localhost:{at};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;{(certificate is null ? "UseDevelopmentEmulator=true;" : "")}";
    }

    public string ConnectionString { get; }

    /// <summary>For clients that speak AMQP over WebSockets.</summary>
    public string WebSocketConnectionString { get; }

    /// <param name="lockSeconds">Of the queue of jobs.</param>
    /// <param name="maxDeliveries">Of a message there before it is a dead letter.</param>
    /// <param name="uniqueSeconds">For which a message of the same id is a duplicate there; 0: never.</param>
    /// <param name="certificate">To speak TLS with; null: in the clear, as the official emulator does.</param>
    public static Broker Start(double lockSeconds = 30, int maxDeliveries = 1000, int uniqueSeconds = 86400, ServerCertificate? certificate = null) => new(
        FreePort(), FreePort(), FreePort(), FormattableString.Invariant($"jobs:lock={lockSeconds},max={maxDeliveries},unique={uniqueSeconds}"), certificate, new TemporaryFolder());

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
