using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Vfi.Worker.Queues;

namespace Vfi.Worker.Jobs;

/// <summary>Reads a message: a job object, or an Event Grid event of an upload (CloudEvents or Event Grid schema).</summary>
internal static partial class JobMessage
{
    private const string BlobCreated = "Microsoft.Storage.BlobCreated";
    private const int MaximumBytes = 256 * 1024;
    private const int KeptOfId = 100;
    private const string Example = "a job is a JSON object such as {\"video\": \"videos/a.mp4\"}";
    private static readonly JsonDocumentOptions Deepest = new() { MaxDepth = 16 };

    /// <summary>Calls that create a file or write a part of it, in accounts with a hierarchical namespace; another event tells that it is whole.</summary>
    private static readonly string[] UnfinishedUploads = ["CreateFile", "SftpCreate", "SftpWrite"];

    /// <summary>The keys of a job, in the order of the schema.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        ["video", "interp_ratio", "out_fps", "output", "id", "model", "encoder", "crf", "preset", "scene_cut", "repeats", "scan", "deinterlace"];

    /// <param name="body">Untrusted.</param>
    /// <param name="messageId">Names a job that gives no id.</param>
    /// <exception cref="JobRejectedException">Not a job; the message names the key.</exception>
    public static (string Id, JobRequest Request) Parse(ReadOnlyMemory<byte> body, string messageId)
    {
        if (body.Length > MaximumBytes)
            throw Invalid($"the message has {body.Length} bytes; a job has at most {MaximumBytes}");
        if (body.IsEmpty)
            throw Invalid($"the message holds neither bytes nor text; {Example}");
        try
        {
            // Editors on Windows begin a text with the byte order mark.
            using var document = JsonDocument.Parse(body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body, Deepest);
            var root = document.RootElement;
            // Some clients write text as JSON, although it is JSON.
            using var within = root.ValueKind == JsonValueKind.String && root.GetString() is ['{', ..] text ? JsonDocument.Parse(text, Deepest) : null;
            root = within?.RootElement ?? root;
            // Event Grid's own schema comes as an array of one.
            if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() == 1)
                root = root[0];
            if (root.ValueKind != JsonValueKind.Object)
                throw Invalid($"the message is {Kind(root)}; {Example}");
            var request = EventType(root) is { } type ? FromEvent(root, type) : FromJob(root);
            var id = request.Id ?? IdOf(messageId);
            RequireId(id);
            return (id, request);
        }
        catch (JsonException e)
        {
            throw new JobRejectedException(RejectReason.InvalidMessage, $"the message is not JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // The parser finds that when the text is taken out: half of a surrogate pair, "\ud800".
            throw new JobRejectedException(RejectReason.InvalidMessage, "the message holds text that is not Unicode", e);
        }
    }

    /// <exception cref="JobRejectedException">No job can have this id.</exception>
    public static void RequireId(string id)
    {
        if (!SafeId().IsMatch(id))
            throw Invalid($"id '{Cut(id)}': must be 1 to 128 letters, digits, '.', '_' or '-', and begin with a letter or digit");
    }

    /// <summary>The id and request of a job; of what is none, the message's id and null.</summary>
    public static (string Id, JobRequest? Request) ParseOrNot(ReadOnlyMemory<byte> body, string messageId)
    {
        try
        {
            return Parse(body, messageId);
        }
        catch (JobRejectedException)
        {
            return (messageId, null);
        }
    }

    /// <summary>
    /// A message for a job. It has an id of its own: queues that detect duplicates drop a second one of the same id without a
    /// word, and a job that failed may be sent again.
    /// </summary>
    public static OutgoingMessage Create(string id, JobRequest request, string? traceParent) => new(
        Guid.NewGuid().ToString("N"), JsonSerializer.SerializeToNode(request with { Id = id }, JobJson.Default.JobRequest)!.ToJsonString(), traceParent);

    /// <summary>A job's id of one that anything may be written in: itself where it can be, or else what can be of it, and a hash that tells it from others.</summary>
    private static string IdOf(string given)
    {
        if (SafeId().IsMatch(given))
            return given;
        var kept = new string([.. given.Take(KeptOfId).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-')]).TrimStart('-', '.', '_');
        return $"{(kept.Length > 0 ? kept : "job")}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(given)))[..16]}";
    }

    private static string? EventType(JsonElement root) =>
        root.TryGetProperty("specversion", out _) && root.TryGetProperty("type", out var type) ? type.ToString()
        : root.TryGetProperty("eventType", out var eventType) ? eventType.ToString() : null;

    private static JobRequest FromEvent(JsonElement root, string type)
    {
        if (type != BlobCreated)
            throw Invalid($"the event's type is '{Cut(type)}'; only {BlobCreated} makes a job: filter the subscription by event type");
        if (!root.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object
            || !data.TryGetProperty("url", out var url) || url.ValueKind != JsonValueKind.String)
        {
            throw Invalid("data.url: the event names no blob");
        }
        if (data.TryGetProperty("api", out var api) && UnfinishedUploads.Contains(api.ToString()))
            throw Invalid($"data.api {api}: this upload is not finished, which another event tells: filter the subscription by data.api (string not in {string.Join(", ", UnfinishedUploads)})");
        var id = root.TryGetProperty("id", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        return new JobRequest { Video = url.GetString()!, Id = id is { Length: > 0 } ? IdOf(id) : null };
    }

    private static JobRequest FromJob(JsonElement root)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            if (!Keys.Contains(property.Name))
                throw Invalid($"{Cut(property.Name)}: unknown key; a job has {string.Join(", ", Keys)}");
            if (!seen.Add(property.Name))
                throw Invalid($"{property.Name}: is given twice");
        }
        return new JobRequest
        {
            Video = Text(root, "video") ?? throw Invalid("video: is missing; name the source as container/blob"),
            InterpRatio = Number(root, "interp_ratio", "60000/1001"),
            OutFps = Number(root, "out_fps", "60000/1001"),
            Output = Text(root, "output"),
            Id = Text(root, "id"),
            Model = Text(root, "model"),
            Encoder = Text(root, "encoder"),
            Crf = Integer(root, "crf"),
            Preset = Text(root, "preset"),
            SceneCut = root.TryGetProperty("scene_cut", out var cut) && cut.ValueKind != JsonValueKind.Null ? Double(cut, "scene_cut") : null,
            Repeats = Number(root, "repeats", "auto"),
            Scan = Text(root, "scan"),
            Deinterlace = Text(root, "deinterlace"),
        };
    }

    private static string? Text(JsonElement root, string key)
    {
        if (!root.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            throw Invalid($"{key}: is {Kind(value)}; must be a string");
        var text = value.GetString()!;
        return text.Length > 0 ? text : throw Invalid($"{key}: is empty");
    }

    /// <summary>A number or a string such as the example, as text.</summary>
    private static string? Number(JsonElement root, string key, string example)
    {
        if (!root.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => throw Invalid($"{key}: is {Kind(value)}; must be a number or a string such as \"{example}\""),
        };
    }

    private static int? Integer(JsonElement root, string key)
    {
        if (!root.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number
            : throw Invalid($"{key}: is {Kind(value)} {Cut(value.GetRawText())}; must be a whole number");
    }

    private static double Double(JsonElement value, string key) => value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && double.IsFinite(number) ? number
        : throw Invalid($"{key}: is {Kind(value)} {Cut(value.GetRawText())}; must be a number of usual size");

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a truth value",
    };

    private static string Cut(string text) => text.Length <= 60 ? text : string.Create(CultureInfo.InvariantCulture, $"{text[..60]}…");

    private static JobRejectedException Invalid(string message) => new(RejectReason.InvalidMessage, message);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    private static partial Regex SafeId();
}
