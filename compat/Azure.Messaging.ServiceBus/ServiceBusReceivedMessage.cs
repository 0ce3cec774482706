using System.Globalization;
using Azure.Core.Amqp;
using Azure.Messaging.ServiceBus.Amqp;

namespace Azure.Messaging.ServiceBus;

/// <summary>A message as it was received or peeked.</summary>
public class ServiceBusReceivedMessage
{
    private readonly AmqpMessage _message;

    internal ServiceBusReceivedMessage(AmqpMessage message, AmqpDelivery? delivery, AmqpReceiver? link)
    {
        (_message, Delivery, Link) = (message, delivery, link);
        LockToken = delivery?.Tag.Length == 16 ? new Guid(delivery.Tag).ToString() : Guid.Empty.ToString();
        LockedUntil = Time(Annotation.LockedUntil);
    }

    /// <exception cref="NotSupportedException">The message holds no bytes: see <see cref="GetRawAmqpMessage"/>.</exception>
    public BinaryData Body => _message.Body is byte[] bytes ? BinaryData.FromBytes(bytes) : throw new NotSupportedException("The body is no data: GetRawAmqpMessage gives it.");

    public string? MessageId => _message.Id?.ToString();

    public string? CorrelationId => _message.CorrelationId?.ToString();

    public string? Subject => _message.Subject;

    public string? ContentType => _message.ContentType;

    public IReadOnlyDictionary<string, object> ApplicationProperties => _message.Properties;

    /// <summary>The lock, as a GUID.</summary>
    public string LockToken { get; }

    /// <summary>Renewed by <see cref="ServiceBusReceiver.RenewMessageLockAsync"/>.</summary>
    public DateTimeOffset LockedUntil { get; internal set; }

    /// <summary>Deliveries so far, this one included.</summary>
    public int DeliveryCount => (int)_message.DeliveryCount + (Delivery is null ? 0 : 1);

    public long SequenceNumber => Convert.ToInt64(_message.Annotations.GetValueOrDefault(Annotation.SequenceNumber) ?? 0L, CultureInfo.InvariantCulture);

    public DateTimeOffset EnqueuedTime => Time(Annotation.EnqueuedTime);

    public DateTimeOffset ScheduledEnqueueTime => Time(Annotation.ScheduledEnqueueTime);

    public string? DeadLetterReason => ApplicationProperties.GetValueOrDefault(ServiceBusReceiver.DeadLetterReasonKey) as string;

    public string? DeadLetterErrorDescription => ApplicationProperties.GetValueOrDefault(ServiceBusReceiver.DeadLetterDescriptionKey) as string;

    /// <summary>The message as the protocol has it; of its parts, the body.</summary>
    public AmqpAnnotatedMessage GetRawAmqpMessage() => new(_message.Body switch
    {
        byte[] bytes => AmqpMessageBody.FromData([bytes]),
        { } value => AmqpMessageBody.FromValue(value),
        null => AmqpMessageBody.FromData([]),
    });

    internal AmqpDelivery? Delivery { get; }

    internal AmqpReceiver? Link { get; }

    private DateTimeOffset Time(string annotation) => _message.Annotations.GetValueOrDefault(annotation) is DateTimeOffset time ? time : default;
}

/// <summary>The service's message annotations.</summary>
internal static class Annotation
{
    public const string EnqueuedTime = "x-opt-enqueued-time";
    public const string LockedUntil = "x-opt-locked-until";
    public const string ScheduledEnqueueTime = "x-opt-scheduled-enqueue-time";
    public const string SequenceNumber = "x-opt-sequence-number";
}
