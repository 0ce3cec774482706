namespace Azure.Messaging.ServiceBus;

/// <summary>A failure of the service or of the way to it; <see cref="Reason"/> tells which, <see cref="IsTransient"/> whether to try again.</summary>
public class ServiceBusException : Exception
{
    private readonly string _message;

    public ServiceBusException(
        bool isTransient, string message, string? entityName = null, ServiceBusFailureReason reason = ServiceBusFailureReason.GeneralError, Exception? innerException = null)
        : base(message, innerException) =>
        (_message, IsTransient, EntityPath, Reason) = (message, isTransient, entityName, reason);

    public ServiceBusException(string message, ServiceBusFailureReason reason, string? entityPath = null, Exception? innerException = null)
        : this(reason is ServiceBusFailureReason.ServiceBusy or ServiceBusFailureReason.ServiceTimeout or ServiceBusFailureReason.ServiceCommunicationProblem,
            message, entityPath, reason, innerException)
    {
    }

    public bool IsTransient { get; }

    public ServiceBusFailureReason Reason { get; }

    public string? EntityPath { get; }

    public override string Message => EntityPath is null ? $"{_message} ({Reason})" : $"{_message} ({EntityPath}, {Reason})";
}

public enum ServiceBusFailureReason
{
    GeneralError,
    MessagingEntityNotFound,
    MessageLockLost,
    MessageNotFound,
    MessageSizeExceeded,
    MessagingEntityDisabled,
    QuotaExceeded,
    ServiceBusy,
    ServiceTimeout,
    ServiceCommunicationProblem,
    SessionCannotBeLocked,
    SessionLockLost,
    MessagingEntityAlreadyExists,
}
