using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Worker.Commands;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Hosting;

/// <summary>Ready when queue and store answer, the model can be used and the disk has space.</summary>
internal sealed class ReadinessCheck(
    IJobQueue queue, IVideoStore store, IOptions<WorkerOptions> worker, IOptions<StoreOptions> stores, IOptions<JobOptions> jobs, IModelHealth models) : IHealthCheck
{
    private bool _modelWorks;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var part = "queue";
        try
        {
            await queue.CheckAsync(cancellationToken).ConfigureAwait(false);
            part = "store";
            await store.ReadAsync(new StorePath(stores.Value.StateContainer, "status/none.json"), cancellationToken).ConfigureAwait(false);
            part = "model";
            if (models.Problem is { } problem)
                return HealthCheckResult.Unhealthy($"{part}: {problem}");
            if (!_modelWorks)
                InterpolatorFactory.Open(new ModelCatalogue(), jobs.Value.Model, ModelOptions.ParseProvider(jobs.Value.Provider));
            _modelWorks = true;
            part = "disk";
            Directory.CreateDirectory(worker.Value.WorkFolder);
            var free = new DriveInfo(worker.Value.WorkFolder).AvailableFreeSpace >> 20;
            return free >= worker.Value.MinFreeMegabytes ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"disk: {free} MB are free in {worker.Value.WorkFolder}, Worker:MinFreeMegabytes is {worker.Value.MinFreeMegabytes}");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy($"{part}: {e.Message}");
        }
    }
}
