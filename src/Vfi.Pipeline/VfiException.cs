namespace Vfi.Pipeline;

/// <summary>What a failure means to the caller; the values are the process's exit codes.</summary>
public enum FailureKind
{
    /// <summary>The work could not be done now; trying again may help.</summary>
    Failed = 1,

    /// <summary>The input or the options are wrong; trying again will not help.</summary>
    BadInput = 2,

    /// <summary>The machine lacks something that the work needs.</summary>
    Environment = 3,
}

/// <summary>A failure with a message for the user: it names the file, the value and the way out.</summary>
public sealed class VfiException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public FailureKind Kind { get; } = kind;

    /// <summary>There was no room to write; where there is, the same work goes on.</summary>
    public bool IsDiskFull { get; private init; }

    public static VfiException BadInput(string message, Exception? inner = null) => new(FailureKind.BadInput, message, inner);

    public static VfiException Failed(string message, Exception? inner = null) => new(FailureKind.Failed, message, inner);

    public static VfiException DiskFull(string message, Exception? inner = null) => new(FailureKind.Failed, message, inner) { IsDiskFull = true };

    public static VfiException Environment(string message, Exception? inner = null) => new(FailureKind.Environment, message, inner);
}
