namespace Azure.Messaging.ServiceBus;

/// <summary>What a connection string says: where, how, and with which key.</summary>
/// <param name="Port">Null: the transport's.</param>
internal sealed record ServiceBusConnectionString(string Host, int? Port, bool Tls, string? KeyName, string? Key, string? Signature, string? EntityPath)
{
    /// <exception cref="FormatException">Not a connection string, or it would connect in the clear to another machine.</exception>
    /// <exception cref="ArgumentException">It lacks the endpoint or the key.</exception>
    public static ServiceBusConnectionString Parse(string connectionString)
    {
        var parts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new FormatException("The connection string could not be parsed; it may be malformed or contain invalid tokens.");
            parts[part[..equals].Trim()] = part[(equals + 1)..].Trim();
        }
        if (!parts.TryGetValue("Endpoint", out var endpoint) || !Uri.TryCreate(endpoint, UriKind.Absolute, out var uri))
            throw new ArgumentException("The connection string has no valid Endpoint.", nameof(connectionString));
        var emulator = parts.TryGetValue("UseDevelopmentEmulator", out var e) && bool.TryParse(e, out var on) && on;
        var signature = parts.GetValueOrDefault("SharedAccessSignature");
        if (signature is null && (!parts.ContainsKey("SharedAccessKeyName") || !parts.ContainsKey("SharedAccessKey")))
            throw new ArgumentException("The connection string needs SharedAccessKeyName and SharedAccessKey, or SharedAccessSignature.", nameof(connectionString));
        if (emulator && !uri.IsLoopback)
            throw new FormatException("UseDevelopmentEmulator connects in the clear, and to loopback only.");
        return new ServiceBusConnectionString(
            uri.Host, uri.Port > 0 ? uri.Port : null, !emulator, parts.GetValueOrDefault("SharedAccessKeyName"),
            parts.GetValueOrDefault("SharedAccessKey"), signature, parts.GetValueOrDefault("EntityPath"));
    }
}
