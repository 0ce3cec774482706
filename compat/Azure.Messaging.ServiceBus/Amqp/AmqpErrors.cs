using System.Runtime.InteropServices;

namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>The one place that turns AMQP error conditions and status codes into exceptions.</summary>
internal static class AmqpErrors
{
    /// <summary>An exception for a set or unset condition.</summary>
    public static Exception From(nint condition, string entity)
    {
        var name = Marshal.PtrToStringUTF8(Proton.pn_condition_get_name(condition)) ?? "";
        var description = Marshal.PtrToStringUTF8(Proton.pn_condition_get_description(condition));
        return From(name, description ?? (name.Length > 0 ? name : "the other side closed the link"), entity);
    }

    public static Exception From(string condition, string description, string entity)
    {
        ServiceBusException New(bool transient, ServiceBusFailureReason reason) => new(transient, description, entity, reason);
        return condition switch
        {
            "amqp:unauthorized-access" => new UnauthorizedAccessException($"{description} ({entity})"),
            "com.microsoft:message-lock-lost" => New(false, ServiceBusFailureReason.MessageLockLost),
            "com.microsoft:message-not-found" => New(false, ServiceBusFailureReason.MessageNotFound),
            "com.microsoft:entity-disabled" => New(false, ServiceBusFailureReason.MessagingEntityDisabled),
            "com.microsoft:server-busy" => New(true, ServiceBusFailureReason.ServiceBusy),
            "com.microsoft:timeout" => New(true, ServiceBusFailureReason.ServiceTimeout),
            "amqp:not-found" => New(false, ServiceBusFailureReason.MessagingEntityNotFound),
            "amqp:link:message-size-exceeded" => New(false, ServiceBusFailureReason.MessageSizeExceeded),
            "amqp:resource-limit-exceeded" => New(false, ServiceBusFailureReason.QuotaExceeded),
            "" or "amqp:link:detach-forced" or "amqp:connection:forced" or "amqp:link:stolen" => New(true, ServiceBusFailureReason.ServiceCommunicationProblem),
            _ => New(true, ServiceBusFailureReason.GeneralError),
        };
    }

    /// <summary>For the status of an answered request.</summary>
    public static Exception From(int status, string? condition, string description, string entity) => (status, condition) switch
    {
        (401 or 403, _) => From("amqp:unauthorized-access", description, entity),
        (404, null) => From("amqp:not-found", description, entity),
        (410, null) => From("com.microsoft:message-lock-lost", description, entity),
        (503, null) => From("com.microsoft:server-busy", description, entity),
        _ => From(condition ?? "", description, entity),
    };

    public static ServiceBusException Communication(string message, Exception? inner) =>
        new(isTransient: true, message, reason: ServiceBusFailureReason.ServiceCommunicationProblem, innerException: inner);
}
