using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Hosting;

public enum StoreKind
{
    Folder,
    Azure,
}

/// <summary>Where videos are and go; section <c>Store</c>. A container of the folder store is a folder in its root.</summary>
internal sealed partial class StoreOptions : IValidatableObject
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
        if (AccountUrl.Length > 0 && !IsAccount(AccountUrl))
            yield return new ValidationResult($"Store:AccountUrl {AccountUrl.Split('?')[0]}: must be an account's URL such as https://contoso.blob.core.windows.net, without container and signature; without https, give Store:ConnectionString");
        foreach (var (key, name) in Containers())
        {
            if (Problem(name) is { } problem)
                yield return new ValidationResult($"Store:{key} {(name.Length > 70 ? name[..70] + "…" : name)}: {problem}");
        }
        if (Inputs.Concat(Outputs).Contains(StateContainer))
            yield return new ValidationResult($"Store:StateContainer {StateContainer}: must be neither an input nor an output container");
        if (EngineContainer.Length > 0 && Inputs.Concat(Outputs).Contains(EngineContainer))
            yield return new ValidationResult($"Store:EngineContainer {EngineContainer}: must be neither an input nor an output container: jobs could replace engines");
        foreach (var container in Inputs.Intersect(Outputs))
            yield return new ValidationResult($"Store:OutputContainers {container}: is an input container, too: results would become jobs; use another");
    }

    /// <summary>An emulator's account is the first part of the path.</summary>
    private static bool IsAccount(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps
        && url.Query.Length == 0 && url.Fragment.Length == 0 && (url.AbsolutePath == "/" || url.IsLoopback || url.HostNameType != UriHostNameType.Dns);

    private IEnumerable<(string Key, string Name)> Containers() =>
    [
        .. Inputs.Select(name => (nameof(InputContainers), name)),
        .. Outputs.Select(name => (nameof(OutputContainers), name)),
        (nameof(StateContainer), StateContainer),
        .. EngineContainer.Length > 0 ? [(nameof(EngineContainer), EngineContainer)] : Array.Empty<(string, string)>(),
    ];

    /// <summary>What is wrong with a container's name; null: nothing.</summary>
    private string? Problem(string name)
    {
        if (Kind == StoreKind.Azure)
            return name.Length <= 63 && AzureName().IsMatch(name) ? null : "must be 3 to 63 lowercase letters, digits and single hyphens between them";
        return name.Length <= 200 && !name.Contains('/', StringComparison.Ordinal) && StorePath.TryParse(name + "/x", out _, out _) ? null
            : "must be the name of a folder in Store:Folder";
    }

    [GeneratedRegex("^([a-z0-9](-?[a-z0-9]){2,62}|\\$root|\\$web)$")]
    private static partial Regex AzureName();
}
