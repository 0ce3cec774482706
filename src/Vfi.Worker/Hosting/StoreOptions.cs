using System.ComponentModel.DataAnnotations;

namespace Vfi.Worker.Hosting;

public enum StoreKind
{
    Folder,
    Azure,
}

/// <summary>Where videos are and go; section <c>Store</c>. A container of the folder store is a folder in its root.</summary>
internal sealed class StoreOptions : IValidatableObject
{
    public const string Section = "Store";

    public StoreKind Kind { get; set; } = StoreKind.Folder;

    /// <summary>The folder store's root.</summary>
    public string Folder { get; set; } = "vfi-data/store";

    /// <summary>Of the storage account; or give <see cref="AccountUrl"/>.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Such as https://contoso.blob.core.windows.net, with DefaultAzureCredential.</summary>
    public string AccountUrl { get; set; } = "";

    /// <summary>Containers that jobs may read.</summary>
    public string[] InputContainers { get; set; } = [];

    /// <summary>Containers that jobs may write.</summary>
    public string[] OutputContainers { get; set; } = [];

    /// <summary>Holds status documents and checkpoints.</summary>
    [Required]
    public string StateContainer { get; set; } = "vfi";

    /// <summary>Keeps built TensorRT engines for other nodes; empty: each builds its own.</summary>
    public string EngineContainer { get; set; } = "";

    /// <summary>Parallel ranges of a download and blocks of an upload.</summary>
    [Range(1, 64)]
    public int Parallel { get; set; } = 4;

    /// <summary>Bytes a range or block, in mebibytes.</summary>
    [Range(1, 1000)]
    public int BlockMegabytes { get; set; } = 8;

    /// <summary>Seconds that one call (a range, a block) may take.</summary>
    [Range(1, 3600)]
    public double CallSeconds { get; set; } = 100;

    /// <summary>Retries of a call after transient failures.</summary>
    [Range(0, 100)]
    public int Retries { get; set; } = 5;

    /// <summary>Seconds before the first retry; grows exponentially, with jitter.</summary>
    [Range(0, 600)]
    public double RetrySeconds { get; set; } = 1;

    public IReadOnlyList<string> Inputs => InputContainers is { Length: > 0 } ? InputContainers : ["videos"];

    public IReadOnlyList<string> Outputs => OutputContainers is { Length: > 0 } ? OutputContainers : ["results"];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var problem in Kind == StoreKind.Folder ? FolderSetting.Problems("Store:Folder", Folder) : [])
            yield return problem;
        if (Kind == StoreKind.Azure && (ConnectionString.Length > 0) == (AccountUrl.Length > 0))
            yield return new ValidationResult("Store:ConnectionString or Store:AccountUrl must be set, and only one of them");
        // Tokens are not sent in the clear.
        if (AccountUrl.Length > 0 && !(Uri.TryCreate(AccountUrl, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps))
            yield return new ValidationResult($"Store:AccountUrl {AccountUrl}: must be a URL such as https://contoso.blob.core.windows.net; without https, give Store:ConnectionString");
        if (Inputs.Concat(Outputs).Contains(StateContainer))
            yield return new ValidationResult($"Store:StateContainer {StateContainer}: must be neither an input nor an output container");
        if (EngineContainer.Length > 0 && Inputs.Concat(Outputs).Contains(EngineContainer))
            yield return new ValidationResult($"Store:EngineContainer {EngineContainer}: must be neither an input nor an output container: jobs could replace engines");
        foreach (var container in Inputs.Intersect(Outputs))
            yield return new ValidationResult($"Store:OutputContainers {container}: is an input container, too: results would become jobs; use another");
    }
}
