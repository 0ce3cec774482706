using System.Runtime.InteropServices;

namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>The sections of an AMQP message that the client reads or writes.</summary>
internal sealed class AmqpMessage
{
    public object? Id { get; init; }

    public object? CorrelationId { get; init; }

    public string? Subject { get; init; }

    public string? ContentType { get; init; }

    public string? ReplyTo { get; init; }

    public uint DeliveryCount { get; init; }

    public IReadOnlyDictionary<string, object> Annotations { get; init; } = new Dictionary<string, object>();

    public IReadOnlyDictionary<string, object> Properties { get; init; } = new Dictionary<string, object>();

    /// <summary>byte[] is sent as a data section, anything else as a value.</summary>
    public object? Body { get; init; }

    public unsafe byte[] Encode()
    {
        var message = Proton.pn_message();
        try
        {
            Proton.pn_message_set_durable(message, true);
            AmqpData.Write(Proton.pn_message_id(message), Id);
            AmqpData.Write(Proton.pn_message_correlation_id(message), CorrelationId);
            Proton.pn_message_set_subject(message, Subject);
            Proton.pn_message_set_content_type(message, ContentType);
            Proton.pn_message_set_reply_to(message, ReplyTo);
            if (Annotations.Count > 0)
                AmqpData.Write(Proton.pn_message_annotations(message), Annotations.ToDictionary(a => new Symbol(a.Key), a => a.Value));
            if (Properties.Count > 0)
                AmqpData.Write(Proton.pn_message_properties(message), Properties);
            Proton.pn_message_set_inferred(message, Body is byte[]);
            AmqpData.Write(Proton.pn_message_body(message), Body);
            for (var capacity = 1024; ; capacity *= 4)
            {
                var buffer = new byte[capacity];
                var size = (nuint)capacity;
                int result;
                fixed (byte* start = buffer)
                    result = Proton.pn_message_encode(message, start, ref size);
                if (result == 0)
                    return buffer[..(int)size];
                if (result != Proton.Overflow)
                    throw new ServiceBusException($"the message cannot be encoded (Proton error {result})", ServiceBusFailureReason.GeneralError);
            }
        }
        finally
        {
            Proton.pn_message_free(message);
        }
    }

    /// <exception cref="ServiceBusException">Not an AMQP message.</exception>
    public static unsafe AmqpMessage Decode(ReadOnlySpan<byte> bytes)
    {
        var message = Proton.pn_message();
        try
        {
            fixed (byte* start = bytes)
            {
                if (Proton.pn_message_decode(message, start, (nuint)bytes.Length) != 0)
                    throw new ServiceBusException("what was received is not an AMQP message", ServiceBusFailureReason.GeneralError);
            }
            return new AmqpMessage
            {
                Id = AmqpData.ReadFirst(Proton.pn_message_id(message)),
                CorrelationId = AmqpData.ReadFirst(Proton.pn_message_correlation_id(message)),
                Subject = Marshal.PtrToStringUTF8(Proton.pn_message_get_subject(message)),
                ContentType = Marshal.PtrToStringUTF8(Proton.pn_message_get_content_type(message)),
                DeliveryCount = Proton.pn_message_get_delivery_count(message),
                Annotations = AmqpData.ReadMap(Proton.pn_message_annotations(message)),
                Properties = AmqpData.ReadMap(Proton.pn_message_properties(message)),
                Body = AmqpData.ReadFirst(Proton.pn_message_body(message)),
            };
        }
        finally
        {
            Proton.pn_message_free(message);
        }
    }
}
