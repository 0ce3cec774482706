using Azure.Messaging.ServiceBus.Amqp;

namespace Azure.Messaging.ServiceBus;

/// <summary>Requests to an entity's management node.</summary>
internal sealed class Management(ServiceBusClient client, string entityPath) : IDisposable
{
    private readonly SemaphoreSlim _opening = new(1);
    private RequestResponse? _channel;

    /// <returns>The body of the answer.</returns>
    public Task<Dictionary<string, object>> AskAsync(string operation, Dictionary<string, object> body, CancellationToken cancellationToken) =>
        client.RetryAsync(
            async token =>
            {
                var channel = await OpenAsync(token).ConfigureAwait(false);
                var timeout = (uint)client.Options.RetryOptions.TryTimeout.TotalMilliseconds;
                var properties = new Dictionary<string, object> { ["operation"] = operation, ["com.microsoft:server-timeout"] = timeout };
                var answer = await channel.AskAsync(properties, body, entityPath, token).ConfigureAwait(false);
                return answer.Body as Dictionary<string, object> ?? [];
            },
            TimeSpan.Zero, cancellationToken);

    public void Dispose() => _opening.Dispose();

    private async Task<RequestResponse> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_channel?.IsOpen != true)
            {
                var connection = await client.ConnectAsync(entityPath, cancellationToken).ConfigureAwait(false);
                _channel = await RequestResponse.OpenAsync(connection, $"{entityPath}/$management", cancellationToken).ConfigureAwait(false);
            }
            return _channel;
        }
        finally
        {
            _opening.Release();
        }
    }
}
