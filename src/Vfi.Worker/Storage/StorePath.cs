using System.Diagnostics.CodeAnalysis;

namespace Vfi.Worker.Storage;

/// <summary>A place in the store: a container, and a name in it whose parts are separated by slashes.</summary>
internal sealed record StorePath(string Container, string Name)
{
    private const int MaximumLength = 1024;

    /// <summary>The name's last part.</summary>
    public string FileName => Name[(Name.LastIndexOf('/') + 1)..];

    /// <summary>Whether a place is given by a URL, which a store of blobs resolves, instead of by <c>container/name</c>.</summary>
    public static bool IsUrl(string text) => text.Contains("://", StringComparison.Ordinal);

    /// <summary>Reads <c>container/name</c>.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="path">The path, when there is no problem.</param>
    /// <param name="problem">What is wrong, for the sender.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out StorePath? path, [NotNullWhen(false)] out string? problem)
    {
        path = null;
        problem = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == text.Length - 1)
            problem = "must be container/name";
        else if (text.Length > MaximumLength)
            problem = $"is longer than {MaximumLength} characters";
        else if (text.Any(c => char.IsControl(c) || c == '\\'))
            problem = "must not contain control characters or backslashes";
        else if (text.Split('/').Any(part => part is "" or "." or ".."))
            problem = "must not contain empty, '.' or '..' parts";
        else
            path = new StorePath(text[..slash], text[(slash + 1)..]);
        return path is not null;
    }

    public override string ToString() => $"{Container}/{Name}";
}
