using System.Collections.Concurrent;
using Azure.Core;
using Azure.Messaging.ServiceBus.Amqp;

namespace Azure.Messaging.ServiceBus;

/// <summary>
/// A connection to a namespace, opened when first needed and again when it broke. Its senders and receivers share it.
/// </summary>
public class ServiceBusClient : IAsyncDisposable
{
    private readonly string _host;
    private readonly int? _port;
    private readonly bool _tls;
    private readonly Authorization _authorization;
    private readonly SemaphoreSlim _opening = new(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _authorized = new();
    private readonly CancellationTokenSource _closed = new();
    private AmqpConnection? _connection;
    private RequestResponse? _cbs;

    /// <exception cref="FormatException">Not a connection string, or it would connect in the clear to another machine.</exception>
    /// <exception cref="ArgumentException">It lacks the endpoint or the key.</exception>
    public ServiceBusClient(string connectionString, ServiceBusClientOptions? options = null)
    {
        var parsed = ServiceBusConnectionString.Parse(connectionString);
        (_host, _port, _tls) = (parsed.Host, parsed.Port, parsed.Tls);
        (_authorization, Options) = (Authorization.For(parsed), options ?? new ServiceBusClientOptions());
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential, ServiceBusClientOptions? options = null) =>
        (_host, _port, _tls, _authorization, Options) =
            (fullyQualifiedNamespace, null, true, Authorization.For(credential), options ?? new ServiceBusClientOptions());

    public virtual string FullyQualifiedNamespace => _host;

    public virtual bool IsClosed => _closed.IsCancellationRequested;

    internal ServiceBusClientOptions Options { get; }

    public virtual ServiceBusReceiver CreateReceiver(string queueName) => CreateReceiver(queueName, new ServiceBusReceiverOptions());

    public virtual ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options) => new(this, queueName, options);

    public virtual ServiceBusSender CreateSender(string queueOrTopicName) => new(this, queueOrTopicName);

    public virtual async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync().ConfigureAwait(false);
        await _opening.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_connection is not null)
                await _connection.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
        GC.SuppressFinalize(this);
    }

    /// <summary>The open connection, with a token for the entity in place.</summary>
    internal async Task<AmqpConnection> ConnectAsync(string entity, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_connection?.IsOpen != true || _cbs?.IsOpen != true)
            {
                if (_connection is not null)
                    await _connection.DisposeAsync().ConfigureAwait(false);
                _authorized.Clear();
                _connection = await AmqpConnection.OpenAsync(new AmqpEndpoint(_host, _port, _tls, Options.TransportType), cancellationToken).ConfigureAwait(false);
                _cbs = await RequestResponse.OpenAsync(_connection, "$cbs", cancellationToken).ConfigureAwait(false);
            }
            if (!_authorized.ContainsKey(entity))
                await AuthorizeAsync(_connection, _cbs, entity, cancellationToken).ConfigureAwait(false);
            return _connection;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Tries an operation again after transient failures, with growing delays.</summary>
    internal async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> operation, TimeSpan extraTime, CancellationToken cancellationToken)
    {
        var retry = Options.RetryOptions;
        for (var attempt = 0; ; attempt++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(retry.TryTimeout + extraTime);
            try
            {
                return await operation(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                if (attempt >= retry.MaxRetries)
                    throw new ServiceBusException(true, $"no answer within {retry.TryTimeout.TotalSeconds:0.#} s", null, ServiceBusFailureReason.ServiceTimeout, e);
            }
            catch (ServiceBusException e) when (e.IsTransient && attempt < retry.MaxRetries)
            {
                var delay = TimeSpan.FromTicks(Math.Min(retry.MaxDelay.Ticks, retry.Delay.Ticks << Math.Min(attempt, 16)));
                await Task.Delay(delay * (0.8 + 0.4 * Random.Shared.NextDouble()), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task AuthorizeAsync(AmqpConnection connection, RequestResponse cbs, string entity, CancellationToken cancellationToken)
    {
        var audience = $"amqps://{_host}/{entity}";
        var token = await _authorization.IssueAsync(audience, cancellationToken).ConfigureAwait(false);
        await cbs.AskAsync(
            new Dictionary<string, object>
            {
                ["operation"] = "put-token",
                ["type"] = token.Type,
                ["name"] = audience,
                ["expiration"] = token.ExpiresOn,
            },
            token.Value, entity, cancellationToken).ConfigureAwait(false);
        _authorized[entity] = token.ExpiresOn;
        _ = RefreshAsync(connection, cbs, entity, token.ExpiresOn);
    }

    /// <summary>Puts a new token before the last one expires, for as long as the connection lives.</summary>
    private async Task RefreshAsync(AmqpConnection connection, RequestResponse cbs, string entity, DateTimeOffset expiresOn)
    {
        try
        {
            var left = (expiresOn - DateTimeOffset.UtcNow) * 2 / 3;
            await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.FromSeconds(1), _closed.Token).ConfigureAwait(false);
            if (connection.IsOpen)
                await AuthorizeAsync(connection, cbs, entity, _closed.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ServiceBusException or UnauthorizedAccessException)
        {
            // The links end when the old token does; the next operation connects anew and surfaces the reason.
            _authorized.TryRemove(entity, out _);
        }
    }
}
