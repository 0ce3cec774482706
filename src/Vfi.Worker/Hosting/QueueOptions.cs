using System.ComponentModel.DataAnnotations;

namespace Vfi.Worker.Hosting;

public enum QueueKind
{
    Spool,
    ServiceBus,
}

/// <summary>How Service Bus is reached.</summary>
public enum QueueTransport
{
    /// <summary>AMQP over TLS: port 5671.</summary>
    Tcp,

    /// <summary>AMQP over WebSockets: port 443, where a firewall lets nothing else through, and through the proxy of HTTPS_PROXY.</summary>
    WebSockets,
}

/// <summary>Where jobs come from; section <c>Queue</c>.</summary>
internal sealed class QueueOptions : IValidatableObject
{
    public const string Section = "Queue";

    public QueueKind Kind { get; set; } = QueueKind.Spool;

    /// <summary>The spool folder.</summary>
    public string Folder { get; set; } = "vfi-data/queue";

    /// <summary>The spool folder's lock time: a job whose worker gave no sign of life for so long is delivered again.</summary>
    [Range(1, 3600)]
    public double LockSeconds { get; set; } = 30;

    /// <summary>Of the Service Bus namespace; or give <see cref="Namespace"/>.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Such as contoso.servicebus.windows.net, with DefaultAzureCredential.</summary>
    public string Namespace { get; set; } = "";

    /// <summary>How the namespace is reached.</summary>
    public QueueTransport Transport { get; set; }

    /// <summary>The Service Bus queue.</summary>
    [Required]
    public string Name { get; set; } = "jobs";

    /// <summary>Queue or topic for results (the spool's folder of that name); empty: none.</summary>
    public string Results { get; set; } = "results";

    /// <summary>Seconds that one call may take.</summary>
    [Range(1, 3600)]
    public double CallSeconds { get; set; } = 30;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var problem in Kind == QueueKind.Spool ? FolderSetting.Problems("Queue:Folder", Folder) : [])
            yield return problem;
        if (Kind == QueueKind.ServiceBus && (ConnectionString.Length > 0) == (Namespace.Length > 0))
            yield return new ValidationResult("Queue:ConnectionString or Queue:Namespace must be set, and only one of them");
        if (EntityPath() is { } entity && !(Is(entity, Name) && (Results.Length == 0 || Is(entity, Results))))
            yield return new ValidationResult($"Queue:ConnectionString is of {entity} alone (EntityPath): set Queue:Name to {entity} and Queue:Results to nothing, or give the namespace's");
        if (Namespace.Length > 0 && Uri.CheckHostName(Namespace) == UriHostNameType.Unknown)
            yield return new ValidationResult($"Queue:Namespace {Namespace}: must be a host name such as contoso.servicebus.windows.net");
    }

    private static bool Is(string entity, string name) => name.Equals(entity, StringComparison.OrdinalIgnoreCase);

    /// <summary>The one queue that the connection string is of; null: it is of the namespace.</summary>
    private string? EntityPath() => ConnectionString.Split(';').Select(p => p.Split('=', 2, StringSplitOptions.TrimEntries))
        .FirstOrDefault(p => p.Length == 2 && p[0].Equals("EntityPath", StringComparison.OrdinalIgnoreCase))?[1];
}
