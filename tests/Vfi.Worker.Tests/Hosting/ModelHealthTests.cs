using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vfi.Pipeline.Inference;
using Vfi.Worker.Hosting;
using Vfi.Worker.Queues;

namespace Vfi.Tests.Hosting;

/// <summary>A worker whose GPU sessions fail again and again.</summary>
public sealed class ModelHealthTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Health _health = new();

    [Fact]
    public async Task An_unfit_worker_takes_no_jobs_and_takes_them_when_it_is_fit()
    {
        using var host = Build();
        _health.Problem = "the GPU fell off the bus";
        await host.Services.GetRequiredService<IJobQueue>().SendAsync(new OutgoingMessage("job1", "not a job", null), TimeSpan.Zero, CancellationToken.None);
        await host.StartAsync();
        await Task.Delay(1500);
        Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "queue", "pending")));
        _health.Problem = null;
        for (var i = 0; i < 100 && Directory.GetFiles(Path.Combine(_folder.Path, "queue", "pending")).Length > 0; i++)
            await Task.Delay(100);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "queue", "pending")));
        await host.StopAsync();
    }

    [Fact]
    public async Task An_unfit_worker_is_neither_ready_nor_alive()
    {
        var port = FreePort();
        using var host = Build($"http://127.0.0.1:{port}");
        await host.StartAsync();
        using var http = new HttpClient();
        async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
        {
            using var answer = await http.GetAsync($"http://127.0.0.1:{port}/health/{path}");
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal((HttpStatusCode.OK, "live"), await GetAsync("live"));
        Assert.Equal((HttpStatusCode.OK, "ready"), await GetAsync("ready"));
        _health.Problem = "the GPU fell off the bus";
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "the GPU fell off the bus"), await GetAsync("live"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "model: the GPU fell off the bus"), await GetAsync("ready"));
        await host.StopAsync();
    }

    public void Dispose() => _folder.Dispose();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private IHost Build(string address = "")
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Queue:Folder"] = Path.Combine(_folder.Path, "queue"),
            ["Store:Folder"] = Path.Combine(_folder.Path, "store"),
            ["Worker:WorkFolder"] = Path.Combine(_folder.Path, "work"),
            ["Worker:MinFreeMegabytes"] = "1",
            ["Worker:HealthAddress"] = address,
            ["Jobs:Model"] = "blend",
        });
        builder.Services.AddLogging().AddVfi(builder.Configuration);
        builder.Services.AddSingleton(new RunMode(Once: false, Drain: false));
        builder.Services.AddSingleton<IModelHealth>(_health);
        builder.Services.AddHealthChecks().AddCheck<ReadinessCheck>("ready");
        builder.Services.AddHostedService<HealthServer>();
        builder.Services.AddHostedService<WorkerService>();
        return builder.Build();
    }

    private sealed class Health : IModelHealth
    {
        public string? Problem { get; set; }
    }
}
