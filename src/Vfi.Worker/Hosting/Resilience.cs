using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Hosting;

/// <summary>The pipelines around remote calls: a time-out for each try, retries with jitter for what may pass, nothing else.</summary>
internal static class Resilience
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    public static ResiliencePipeline Store(StoreOptions options, ILogger logger) => new ResiliencePipelineBuilder()
        .AddRetry(Retry("store", options.Retries, TimeSpan.FromSeconds(options.RetrySeconds), StoreFailures.IsTransient, StoreFailures.Describe, logger))
        .AddTimeout(TimeSpan.FromSeconds(options.CallSeconds))
        .Build();

    public static ResiliencePipeline QueueCall(QueueOptions options, ILogger logger) => new ResiliencePipelineBuilder()
        .AddRetry(Retry("queue", 5, TimeSpan.FromSeconds(0.5), ServiceBusCalls.IsTransient, ExceptionText.FirstLine, logger))
        .AddTimeout(TimeSpan.FromSeconds(options.CallSeconds))
        .Build();

    /// <summary>Around receiving, which goes on for as long as the worker runs: a queue that fails is left alone for a while.</summary>
    public static ResiliencePipeline QueueReceive(ILogger logger) => new ResiliencePipelineBuilder()
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is not (null or OperationCanceledException)),
            FailureRatio = 0.9,
            MinimumThroughput = 4,
            SamplingDuration = TimeSpan.FromSeconds(30),
            BreakDuration = TimeSpan.FromSeconds(5),
            OnOpened = arguments =>
            {
                logger.LogWarning("Receiving is paused for {Seconds} s: {Reason}", arguments.BreakDuration.TotalSeconds, arguments.Outcome.Exception?.Message);
                return ValueTask.CompletedTask;
            },
            OnClosed = _ =>
            {
                logger.LogInformation("Receiving works again");
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    private static RetryStrategyOptions Retry(string what, int attempts, TimeSpan delay, Func<Exception, bool> isTransient, Func<Exception, string> describe, ILogger logger) => new()
    {
        // Polly wants at least one; a predicate that handles nothing stands for none.
        MaxRetryAttempts = Math.Max(1, attempts),
        ShouldHandle = arguments => ValueTask.FromResult(attempts > 0 && arguments.Outcome.Exception is { } e && isTransient(e)),
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = delay,
        MaxDelay = LongestDelay,
        OnRetry = arguments =>
        {
            WorkerTelemetry.Retries.Add(1, new KeyValuePair<string, object?>("target", what));
            logger.LogWarning("Call to the {Target} failed, try {Attempt} follows in {Delay:0.0} s: {Reason}",
                what, arguments.AttemptNumber + 2, arguments.RetryDelay.TotalSeconds, describe(arguments.Outcome.Exception!));
            return ValueTask.CompletedTask;
        },
    };
}
