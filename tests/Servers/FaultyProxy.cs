namespace Vfi.Tests;

/// <summary>Stands between the worker and Azurite and misbehaves when told to.</summary>
public sealed class FaultyProxy : NodeServer
{
    private readonly HttpClient _http = new();
    private readonly int _port;

    private FaultyProxy(int port, int target)
        : base(port, Path.Combine(Emulators, "faulty-proxy.js"), $"{port}", $"{target}") => _port = port;

    public string ConnectionString => Azurite.ConnectionStringFor(_port);

    public static FaultyProxy Start(int target) => new(FreePort(), target);

    /// <summary>ok, 503 (refuses), 403 (creates no containers), half (answers break off when the mode changes), lost (answers to writes), or a number of bytes a second for downloads.</summary>
    public Task SetAsync(string mode) => _http.PostAsync($"http://127.0.0.1:{_port}/__mode/{mode}", null);

    /// <summary>Requests that were refused, halved or not answered so far.</summary>
    public async Task<int> RefusedAsync() => int.Parse(await _http.GetStringAsync($"http://127.0.0.1:{_port}/__refused"), System.Globalization.CultureInfo.InvariantCulture);

    public override void Dispose()
    {
        base.Dispose();
        _http.Dispose();
    }
}
