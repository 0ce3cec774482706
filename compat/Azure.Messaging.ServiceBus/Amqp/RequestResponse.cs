using System.Collections.Concurrent;
using System.Globalization;

namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>A pair of links for requests and their answers: <c>$cbs</c> and <c>entity/$management</c>.</summary>
internal sealed class RequestResponse
{
    private readonly AmqpSender _sender;
    private readonly AmqpReceiver _receiver;
    private readonly string _replyTo;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<AmqpMessage>> _waiting = new();

    private RequestResponse(AmqpSender sender, AmqpReceiver receiver, string replyTo)
    {
        (_sender, _receiver, _replyTo) = (sender, receiver, replyTo);
        receiver.OnMessage = Answer;
    }

    public bool IsOpen => _sender.IsOpen && _receiver.IsOpen;

    public static async Task<RequestResponse> OpenAsync(AmqpConnection connection, string address, CancellationToken cancellationToken)
    {
        var replyTo = $"reply-{Guid.NewGuid():N}";
        var receiver = await connection.OpenReceiverAsync(address, replyTo, cancellationToken).ConfigureAwait(false);
        var sender = await connection.OpenSenderAsync(address, cancellationToken).ConfigureAwait(false);
        var channel = new RequestResponse(sender, receiver, replyTo);
        await receiver.GrantAsync(100).ConfigureAwait(false);
        return channel;
    }

    /// <param name="properties">The request's application properties.</param>
    /// <param name="body">A value, or a map of values.</param>
    /// <param name="entity">For messages.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <exception cref="ServiceBusException">The answer's status is not a success.</exception>
    /// <exception cref="UnauthorizedAccessException">The answer's status is 401 or 403.</exception>
    public async Task<AmqpMessage> AskAsync(IReadOnlyDictionary<string, object> properties, object body, string entity, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N");
        var waiting = new TaskCompletionSource<AmqpMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = waiting;
        try
        {
            var request = new AmqpMessage { Id = id, ReplyTo = _replyTo, Properties = properties, Body = body };
            await _sender.SendAsync(request.Encode(), cancellationToken).ConfigureAwait(false);
            while (await Task.WhenAny(waiting.Task, Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken)).ConfigureAwait(false) != waiting.Task)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!IsOpen)
                    throw AmqpErrors.Communication($"the connection broke before {entity} answered", _receiver.Failure ?? _sender.Failure);
            }
            var answer = await waiting.Task.ConfigureAwait(false);
            var status = Convert.ToInt32(Property(answer, "status-code", "statusCode") ?? 500, CultureInfo.InvariantCulture);
            if (status is >= 200 and < 300)
                return answer;
            throw AmqpErrors.From(status, Property(answer, "error-condition", "errorCondition") as string,
                Property(answer, "status-description", "statusDescription") as string ?? $"status {status}", entity);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    private static object? Property(AmqpMessage message, string name, string otherName) =>
        message.Properties.GetValueOrDefault(name) ?? message.Properties.GetValueOrDefault(otherName);

    private void Answer(byte[] bytes)
    {
        var message = AmqpMessage.Decode(bytes);
        if (message.CorrelationId?.ToString() is { } id && _waiting.TryRemove(id, out var waiting))
            waiting.TrySetResult(message);
    }
}
