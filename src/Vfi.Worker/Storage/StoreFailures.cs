using System.Xml;
using Azure;
using Polly.Timeout;
using Vfi.Worker.Hosting;

namespace Vfi.Worker.Storage;

/// <summary>What a failed call to the blob service means.</summary>
internal static class StoreFailures
{
    /// <summary>Null: not a failure of the service.</summary>
    public static StoreFailure? Of(Exception exception) => exception switch
    {
        RequestFailedException { Status: 404 } => StoreFailure.NotFound,
        RequestFailedException { ErrorCode: "BlobArchived" or "BlobBeingRehydrated" } => StoreFailure.Archived,
        RequestFailedException { Status: 409 or 412 } => StoreFailure.Conflict,
        RequestFailedException { Status: 401 or 403 } => StoreFailure.Denied,
        RequestFailedException => StoreFailure.Unavailable,
        Azure.Identity.AuthenticationFailedException => StoreFailure.Denied,
        _ => IsTransient(exception) ? StoreFailure.Unavailable : null,
    };

    /// <summary>Whether trying the same call again can help: throttling, server errors, broken connections and lists that break off, time-outs.</summary>
    public static bool IsTransient(Exception exception) => exception is RequestFailedException { Status: 0 or 408 or 429 or >= 500 }
        or IOException or HttpRequestException or XmlException or TimeoutRejectedException or AggregateException;

    /// <summary>The first line: the service appends headers.</summary>
    public static string Describe(Exception exception) => exception is RequestFailedException { Status: > 0 } e
        ? $"{e.Status} {(e.ErrorCode is { } code ? $"{code} " : "")}{e.FirstLine()}" : exception.FirstLine();
}
