namespace Azure.Messaging.ServiceBus;

/// <summary>Messages that are sent as one; the stand-in makes empty ones.</summary>
public sealed class ServiceBusMessageBatch : IDisposable
{
    internal ServiceBusMessageBatch()
    {
    }

    public void Dispose()
    {
    }
}
