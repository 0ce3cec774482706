using Azure.Messaging.ServiceBus.Amqp;

namespace Azure.Messaging.ServiceBus;

/// <summary>A message to send.</summary>
public class ServiceBusMessage(BinaryData body)
{
    public ServiceBusMessage(string body)
        : this(BinaryData.FromString(body))
    {
    }

    public BinaryData Body { get; set; } = body;

    /// <summary>At most 128 characters; null: the message has none.</summary>
    public string? MessageId
    {
        get;
        set => field = value is { Length: > 128 } ? throw new ArgumentOutOfRangeException(nameof(MessageId), value, "at most 128 characters") : value;
    }

    public string? CorrelationId { get; set; }

    public string? Subject { get; set; }

    public string? ContentType { get; set; }

    public IDictionary<string, object> ApplicationProperties { get; } = new Dictionary<string, object>();

    /// <summary>When the message becomes visible; default: at once.</summary>
    public DateTimeOffset ScheduledEnqueueTime { get; set; }

    internal AmqpMessage ToAmqp() => new()
    {
        Id = MessageId,
        CorrelationId = CorrelationId,
        Subject = Subject,
        ContentType = ContentType,
        Properties = new Dictionary<string, object>(ApplicationProperties),
        Annotations = ScheduledEnqueueTime == default ? new Dictionary<string, object>()
            : new Dictionary<string, object> { [Annotation.ScheduledEnqueueTime] = ScheduledEnqueueTime },
        Body = Body.ToArray(),
    };
}
