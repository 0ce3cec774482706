using System.Globalization;
using System.Text;
using Azure.Messaging.ServiceBus;

namespace Vfi.Worker.Queues;

/// <summary>What senders of all kinds put into messages.</summary>
internal static class ServiceBusContents
{
    /// <summary>Senders need not give one: then it is the queue's number for the message, which stays from delivery to delivery.</summary>
    public static string IdOf(ServiceBusReceivedMessage message) =>
        message.MessageId is { Length: > 0 } id ? id : string.Create(CultureInfo.InvariantCulture, $"message-{message.SequenceNumber}");

    /// <summary>Bytes, or text that was sent in AMQP's own encoding, as of JMS; empty: it is neither.</summary>
    public static ReadOnlyMemory<byte> BodyOf(ServiceBusReceivedMessage message)
    {
        // The client's own property refuses all but bytes.
        var body = message.GetRawAmqpMessage().Body;
        if (body.TryGetData(out var data) && data is not null)
            return data.SelectMany(part => part.ToArray()).ToArray();
        return body.TryGetValue(out var value) && value is string text ? Encoding.UTF8.GetBytes(text) : ReadOnlyMemory<byte>.Empty;
    }
}
