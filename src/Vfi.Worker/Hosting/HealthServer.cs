using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;

namespace Vfi.Worker.Hosting;

/// <summary>Serves <c>/health/live</c> (the process answers, and restarting it would not help) and <c>/health/ready</c> (it can work) where an address is configured.</summary>
internal sealed class HealthServer(HealthCheckService checks, IModelHealth models, IOptions<WorkerOptions> options, ILogger<HealthServer> logger) : IHostedService
{
    private WebApplication? _app;

    /// <exception cref="VfiException">The address cannot be listened at, such as for another process there (environment).</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.HealthAddress.Length == 0)
            return;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add(options.Value.HealthAddress);
        _app.MapGet("/health/live", () => models.Problem is { } problem ? Results.Text(problem, statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("live"));
        _app.MapGet("/health/ready", ReadyAsync);
        try
        {
            await _app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw VfiException.Environment($"Worker:HealthAddress {options.Value.HealthAddress}: cannot be listened at ({e.Message}); give a free one", e);
        }
        logger.LogInformation("Health at {Address}", string.Join(", ", _app.Urls));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is not null)
            await _app.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReadyAsync(HttpContext context)
    {
        var report = await checks.CheckHealthAsync(context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        var problems = report.Entries.Values.Where(e => e.Status != HealthStatus.Healthy).Select(e => e.Description);
        await context.Response.WriteAsync(report.Status == HealthStatus.Healthy ? "ready" : string.Join("; ", problems), context.RequestAborted).ConfigureAwait(false);
    }
}
