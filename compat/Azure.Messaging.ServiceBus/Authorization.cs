using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Core;

namespace Azure.Messaging.ServiceBus;

/// <summary>A token for claims-based security.</summary>
/// <param name="Type">As the service names it.</param>
/// <param name="Value">The token.</param>
/// <param name="ExpiresOn">When another is due.</param>
internal sealed record Token(string Type, string Value, DateTimeOffset ExpiresOn);

/// <summary>Makes tokens from what the client was given: a key, a ready signature or a credential.</summary>
internal sealed class Authorization(Func<string, CancellationToken, Task<Token>> issue)
{
    private const string SasType = "servicebus.windows.net:sastoken";
    private const string Scope = "https://servicebus.azure.net/.default";
    private static readonly TimeSpan SasLifetime = TimeSpan.FromMinutes(30);

    public Task<Token> IssueAsync(string audience, CancellationToken cancellationToken) => issue(audience, cancellationToken);

    public static Authorization For(ServiceBusConnectionString connection) => new((audience, _) => Task.FromResult(
        connection.Signature is { } ready ? new Token(SasType, ready, DateTimeOffset.UtcNow + SasLifetime) : Sign(audience, connection.KeyName!, connection.Key!)));

    public static Authorization For(TokenCredential credential) => new(async (_, cancellationToken) =>
    {
        var token = await credential.GetTokenAsync(new TokenRequestContext([Scope]), cancellationToken).ConfigureAwait(false);
        return new Token("jwt", token.Token, token.ExpiresOn);
    });

    /// <summary>A shared access signature: HMAC-SHA256 over the escaped audience and the expiry.</summary>
    private static Token Sign(string audience, string keyName, string key)
    {
        var expires = DateTimeOffset.UtcNow + SasLifetime;
        var resource = Uri.EscapeDataString(audience);
        var expiry = expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{resource}\n{expiry}")));
        return new Token(SasType, $"SharedAccessSignature sr={resource}&sig={Uri.EscapeDataString(signature)}&se={expiry}&skn={Uri.EscapeDataString(keyName)}", expires);
    }
}
