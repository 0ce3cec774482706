using Azure.Identity;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Worker.Jobs;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Hosting;

/// <summary>What the worker, submit and status are made of.</summary>
internal static class ServiceRegistration
{
    public static IServiceCollection AddVfi(this IServiceCollection services, IConfiguration configuration)
    {
        AddOptions<WorkerOptions>(services, configuration, WorkerOptions.Section);
        AddOptions<QueueOptions>(services, configuration, QueueOptions.Section);
        AddOptions<StoreOptions>(services, configuration, StoreOptions.Section);
        AddOptions<JobOptions>(services, configuration, JobOptions.Section);
        AddOptions<InferenceOptions>(services, configuration, InferenceOptions.Section);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IJobQueue>(p => CreateQueue(p.GetRequiredService<IOptions<QueueOptions>>().Value, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILoggerFactory>().CreateLogger("Vfi.Worker.Queue")));
        services.AddSingleton<IVideoStore>(p => CreateStore(p.GetRequiredService<IOptions<StoreOptions>>().Value, p.GetRequiredService<ILoggerFactory>().CreateLogger("Vfi.Worker.Store")));
        services.AddSingleton(p => new VideoConverter(new ModelCatalogue(), p.GetRequiredService<IOptions<InferenceOptions>>().Value, Engines(p)));
        services.AddSingleton<IModelHealth>(p => p.GetRequiredService<VideoConverter>());
        services.AddSingleton(p => new JobServices(
            p.GetRequiredService<IVideoStore>(), p.GetRequiredService<IJobQueue>(), p.GetRequiredService<VideoConverter>(), p.GetRequiredService<IOptions<WorkerOptions>>().Value,
            p.GetRequiredService<IOptions<StoreOptions>>().Value, p.GetRequiredService<IOptions<JobOptions>>().Value, p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILoggerFactory>().CreateLogger("Vfi.Worker.Job")));
        services.AddSingleton<JobProcessor>();
        return services;
    }

    /// <summary>Where engines of other nodes are; null: nowhere.</summary>
    public static IEngineStore? Engines(IServiceProvider services) =>
        services.GetRequiredService<IOptions<StoreOptions>>().Value.EngineContainer is { Length: > 0 } container
            ? new EngineContainer(services.GetRequiredService<IVideoStore>(), container) : null;

    private static IJobQueue CreateQueue(QueueOptions options, TimeProvider time, ILogger logger)
    {
        if (options.Kind == QueueKind.Spool)
            return new SpoolQueue(options.Folder, options.Results, TimeSpan.FromSeconds(options.LockSeconds), time, logger);
        // Polly does the retries.
        var settings = new ServiceBusClientOptions
        {
            TransportType = options.Transport == QueueTransport.WebSockets ? ServiceBusTransportType.AmqpWebSockets : ServiceBusTransportType.AmqpTcp,
            RetryOptions = new ServiceBusRetryOptions { MaxRetries = 0, TryTimeout = TimeSpan.FromSeconds(options.CallSeconds) },
        };
        try
        {
            var client = options.ConnectionString.Length > 0 ? new ServiceBusClient(options.ConnectionString, settings)
                : new ServiceBusClient(options.Namespace, new DefaultAzureCredential(), settings);
            return new ServiceBusJobQueue(client, options.Name, options.Results, Resilience.QueueCall(options, logger), time, logger);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw VfiException.BadInput($"Queue:{(options.ConnectionString.Length > 0 ? "ConnectionString" : "Namespace")}: {e.Message}", e);
        }
        catch (DllNotFoundException e)
        {
            throw VfiException.Environment("libqpid-proton-core.so.10 is missing; install libqpid-proton11", e);
        }
    }

    private static IVideoStore CreateStore(StoreOptions options, ILogger logger)
    {
        if (options.Kind == StoreKind.Folder)
            return new FolderStore(options.Folder);
        var settings = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02);
        settings.Retry.MaxRetries = 0;
        settings.Retry.NetworkTimeout = TimeSpan.FromSeconds(options.CallSeconds);
        try
        {
            var client = options.ConnectionString.Length > 0 ? new BlobServiceClient(options.ConnectionString, settings)
                : new BlobServiceClient(new Uri(options.AccountUrl), new DefaultAzureCredential(), settings);
            return new AzureBlobStore(client, options, Resilience.Store(options, logger));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw VfiException.BadInput($"Store:{(options.ConnectionString.Length > 0 ? "ConnectionString" : "AccountUrl")}: {e.Message}", e);
        }
    }

    private static void AddOptions<T>(IServiceCollection services, IConfiguration configuration, string section)
        where T : class =>
        services.AddSingleton<IValidateOptions<T>>(new SettingsValidator<T>(section))
            .AddOptions<T>()
            .Configure(o => SettingsSection.Bind(configuration.GetSection(section), o))
            .ValidateOnStart();

    private sealed class SettingsValidator<T>(string section) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            string[] problems = [.. SettingsSection.Problems(section, options)];
            return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
