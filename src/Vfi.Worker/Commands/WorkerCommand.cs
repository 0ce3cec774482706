using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi worker</c>: jobs from a queue, results into a store.</summary>
internal static class WorkerCommand
{
    public const string Name = "worker";

    /// <summary>For settling messages and telling telemetry after the grace time.</summary>
    private static readonly TimeSpan ExtraShutdownTime = TimeSpan.FromSeconds(20);

    private static readonly Option<bool> Once = new("--once") { Description = "Take one job, then exit." };
    private static readonly Option<bool> Drain = new("--drain") { Description = "Exit when the queue has been empty for Worker:DrainSeconds." };

    public static Command Create()
    {
        var command = new Command(Name, "Convert jobs from a queue (Service Bus or a folder), videos from and to a store (blobs or a folder).");
        command.Options.Add(Once);
        command.Options.Add(Drain);
        HostFactory.AcceptSettings(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var builder = HostFactory.Create(arguments, quiet: false);
        HostFactory.AddTelemetry(builder);
        builder.Services.AddSingleton(new RunMode(arguments.GetValue(Once), arguments.GetValue(Drain)));
        builder.Services.AddHealthChecks().AddCheck<ReadinessCheck>("ready");
        builder.Services.AddSingleton<HealthServer>();
        builder.Services.AddHostedService<WorkerService>();
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<WorkerOptions>>(
            (host, worker) => host.ShutdownTimeout = TimeSpan.FromSeconds(worker.Value.GraceSeconds) + ExtraShutdownTime);
        using var host = builder.Build();
        // Before the host does it, which would log the stack of a mistyped setting; the clients of queue and store check theirs themselves.
        host.Services.GetRequiredService<IStartupValidator>().Validate();
        host.Services.GetRequiredService<JobServices>();
        WorkFolder.Prepare(host.Services.GetRequiredService<IOptions<WorkerOptions>>().Value.WorkFolder);
        // Not by the host, for the same reason.
        var health = host.Services.GetRequiredService<HealthServer>();
        await health.StartAsync(cancellationToken).ConfigureAwait(false);
        await host.StartAsync(cancellationToken).ConfigureAwait(false);
        await host.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        await health.StopAsync(CancellationToken.None).ConfigureAwait(false);
        return host.Services.GetRequiredService<IModelHealth>().Problem is null ? 0 : (int)FailureKind.Environment;
    }
}
