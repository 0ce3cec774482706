namespace Azure.Messaging.ServiceBus;

public class ServiceBusClientOptions
{
    public ServiceBusRetryOptions RetryOptions { get; set; } = new();

    public string? Identifier { get; set; }

    public ServiceBusTransportType TransportType { get; set; } = ServiceBusTransportType.AmqpTcp;
}

public enum ServiceBusTransportType
{
    AmqpTcp,

    /// <summary>Through HTTPS's port, and the proxy that the environment names.</summary>
    AmqpWebSockets,
}

public class ServiceBusRetryOptions
{
    /// <summary>0 to 100; after the first try.</summary>
    public int MaxRetries { get; set; } = 3;

    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(0.8);

    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(1);

    public TimeSpan TryTimeout { get; set; } = TimeSpan.FromMinutes(1);
}

public class ServiceBusReceiverOptions
{
    /// <summary>The stand-in supports 0.</summary>
    public int PrefetchCount { get; set; }

    /// <summary>The stand-in supports peek-lock.</summary>
    public ServiceBusReceiveMode ReceiveMode { get; set; } = ServiceBusReceiveMode.PeekLock;

    public SubQueue SubQueue { get; set; } = SubQueue.None;

    public string? Identifier { get; set; }
}

public enum ServiceBusReceiveMode
{
    PeekLock,
    ReceiveAndDelete,
}

public enum SubQueue
{
    None,
    DeadLetter,
    TransferDeadLetter,
}
