using System.Globalization;

namespace Vfi.Worker.Queues;

/// <summary>
/// A message's file name, which holds all that is known of it but its body:
/// <c>id~enqueued~deliveries~slot~traceparent.json</c>; a plain <c>id.json</c> is a new message.
/// </summary>
/// <param name="Id">The message id.</param>
/// <param name="Enqueued">Milliseconds since 1970.</param>
/// <param name="Deliveries">So far.</param>
/// <param name="Slot">In pending/: milliseconds since 1970 before which it is not delivered; in active/: the lock's token.</param>
/// <param name="TraceParent">Of the sender.</param>
internal sealed record SpoolName(string Id, long Enqueued, int Deliveries, string Slot, string TraceParent)
{
    public const string Extension = ".json";

    public long NotBefore => long.TryParse(Slot, CultureInfo.InvariantCulture, out var time) ? time : 0;

    /// <param name="file">With or without folder.</param>
    /// <param name="created">Stands for the time of a plain name.</param>
    public static SpoolName Parse(string file, DateTimeOffset created)
    {
        var parts = Path.GetFileNameWithoutExtension(file).Split('~');
        return parts.Length == 5 && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var enqueued)
            && int.TryParse(parts[2], CultureInfo.InvariantCulture, out var deliveries)
            ? new SpoolName(parts[0], enqueued, deliveries, parts[3], parts[4])
            : new SpoolName(Path.GetFileNameWithoutExtension(file), created.ToUnixTimeMilliseconds(), 0, "", "");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id}~{Enqueued}~{Deliveries}~{Slot}~{TraceParent}{Extension}");
}
