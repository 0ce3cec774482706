using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Azure.Messaging.ServiceBus;

namespace Vfi.Tests.Queues;

/// <summary>The client against the broker, and the broker against the official JavaScript client.</summary>
public sealed class ServiceBusClientTests : IDisposable
{
    private static readonly ServiceBusRetryOptions Once = new() { MaxRetries = 0, TryTimeout = TimeSpan.FromSeconds(10) };
    private static readonly ServiceBusClientOptions NoRetries = new() { RetryOptions = Once };
    private static readonly ServiceBusClientOptions WebSockets = new() { RetryOptions = Once, TransportType = ServiceBusTransportType.AmqpWebSockets };
    private readonly Broker _broker = Broker.Start(uniqueSeconds: 0);

    [Fact]
    public async Task It_sees_what_the_official_JavaScript_client_sees()
    {
        using var hasty = Hasty();
        var official = await OfficialAsync(NodeServer.Node(Path.Combine(NodeServer.Emulators, "servicebus", "scenarios.js"), hasty.ConnectionString));
        Assert.Equal(official, await ScenariosAsync(hasty.ConnectionString, NoRetries));
        Assert.Contains("late completion MessageLockLost", official);
    }

    [Fact]
    public async Task Over_WebSockets_it_sees_what_the_official_JavaScript_client_sees()
    {
        // The official client takes no WebSockets in the clear.
        using var certificate = new ServerCertificate();
        using Broker hasty = Hasty(), secure = Hasty(certificate);
        var node = NodeServer.Node(Path.Combine(NodeServer.Emulators, "servicebus", "scenarios.js"), secure.WebSocketConnectionString, "websockets");
        foreach (var (name, value) in certificate.Trust)
            node.Environment[name] = value;
        var official = OfficialAsync(node);
        Assert.Equal(await ScenariosAsync(hasty.WebSocketConnectionString, WebSockets), await official);
    }

    [Theory]
    [InlineData(ServiceBusTransportType.AmqpTcp)]
    [InlineData(ServiceBusTransportType.AmqpWebSockets)]
    public async Task After_a_cut_connection_it_goes_on_and_settles_by_lock_token(ServiceBusTransportType transport)
    {
        await using var client = Client(transport);
        await using var sender = client.CreateSender("jobs");
        await using var receiver = client.CreateReceiver("jobs");
        await sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "m1" });
        var message = await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(3));
        await _broker.CutAsync();
        await receiver.RenewMessageLockAsync(message!);
        await receiver.CompleteMessageAsync(message!);
        Assert.Equal(0, await _broker.CountAsync("jobs"));
        await sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "m2" });
        Assert.Equal("m2", (await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(3)))!.MessageId);
    }

    [Theory]
    [InlineData(ServiceBusTransportType.AmqpTcp)]
    [InlineData(ServiceBusTransportType.AmqpWebSockets)]
    public async Task Whoever_waits_when_the_connection_is_cut_is_told(ServiceBusTransportType transport)
    {
        await using var client = Client(transport);
        await using var sender = client.CreateSender("jobs");
        // What fails differs with what the loop is doing just then: reading, writing, or closing.
        for (var round = 0; round < 8; round++)
        {
            var sends = Enumerable.Range(0, 4).Select(_ => sender.SendMessageAsync(new ServiceBusMessage("{}"))).Append(_broker.CutAsync())
                .Concat(Enumerable.Range(0, 4).Select(_ => sender.SendMessageAsync(new ServiceBusMessage("{}")))).ToList();
            await Task.WhenAll(sends).WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    [Theory]
    [InlineData(ServiceBusTransportType.AmqpTcp)]
    [InlineData(ServiceBusTransportType.AmqpWebSockets)]
    public async Task Closing_while_the_connection_is_cut_is_no_failure(ServiceBusTransportType transport)
    {
        for (var round = 0; round < 24; round++)
        {
            await using var client = Client(transport);
            await using var sender = client.CreateSender("jobs");
            await using var receiver = client.CreateReceiver("jobs");
            await sender.SendMessageAsync(new ServiceBusMessage("{}"));
            await receiver.PeekMessagesAsync(1);
            await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(3));
            var cut = _broker.CutAsync();
            // Before, while and after the loop learns of it.
            await Task.Delay(round % 4);
            await sender.DisposeAsync();
            await receiver.DisposeAsync();
            await cut;
        }
    }

    [Fact]
    public async Task A_dead_letter_can_be_settled_after_a_cut()
    {
        await using var client = new ServiceBusClient(_broker.ConnectionString);
        await client.CreateSender("jobs").SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "m1" });
        var receiver = client.CreateReceiver("jobs");
        var message = await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(3));
        await _broker.CutAsync();
        await receiver.DeadLetterMessageAsync(message!, "Bad", "it is bad");
        var dead = client.CreateReceiver("jobs", new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        var letter = Assert.Single(await dead.PeekMessagesAsync(5));
        Assert.Equal(("m1", "Bad", "it is bad"), (letter.MessageId, letter.DeadLetterReason, letter.DeadLetterErrorDescription));
    }

    [Fact]
    public async Task A_broker_that_is_gone_is_a_transient_communication_problem()
    {
        await using var client = new ServiceBusClient(_broker.ConnectionString, NoRetries);
        var receiver = client.CreateReceiver("jobs");
        Assert.Null(await receiver.ReceiveMessageAsync(TimeSpan.FromMilliseconds(100)));
        _broker.Kill();
        var e = await Assert.ThrowsAsync<ServiceBusException>(() => receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(1)));
        Assert.Equal((true, ServiceBusFailureReason.ServiceCommunicationProblem), (e.IsTransient, e.Reason));
        _broker.Restart();
        Assert.Null(await receiver.ReceiveMessageAsync(TimeSpan.FromMilliseconds(100)));
    }

    [Fact]
    public async Task A_receive_locks_one_message_and_leaves_the_others_to_others()
    {
        await using var client = new ServiceBusClient(_broker.ConnectionString);
        await using var sender = client.CreateSender("jobs");
        for (var i = 1; i <= 4; i++)
            await sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = $"m{i}" });
        ServiceBusReceiver one = client.CreateReceiver("jobs"), other = client.CreateReceiver("jobs");
        Assert.Equal("m1", (await one.ReceiveMessageAsync(TimeSpan.FromSeconds(3)))!.MessageId);
        Assert.Equal(1, await _broker.CountAsync("jobs", "locked"));
        Assert.Equal("m2", (await other.ReceiveMessageAsync(TimeSpan.FromSeconds(1)))!.MessageId);
        Assert.Equal("m3", (await one.ReceiveMessageAsync(TimeSpan.FromSeconds(1)))!.MessageId);
        Assert.Equal(3, await _broker.CountAsync("jobs", "locked"));
    }

    [Fact]
    public async Task A_cancelled_receive_takes_no_message()
    {
        await using var client = new ServiceBusClient(_broker.ConnectionString, NoRetries);
        var receiver = client.CreateReceiver("jobs");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(30), stop.Token));
        await client.CreateSender("jobs").SendMessageAsync(new ServiceBusMessage("{}"));
        Assert.Equal(0, await _broker.CountAsync("jobs", "locked"));
        Assert.NotNull(await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Large_messages_and_many_at_once_come_whole()
    {
        await using var client = new ServiceBusClient(_broker.ConnectionString, NoRetries);
        await using var sender = client.CreateSender("jobs");
        var bodies = Enumerable.Range(0, 20).Select(i => new string((char)('a' + i), 200_000)).ToList();
        await Task.WhenAll(bodies.Select(b => sender.SendMessageAsync(new ServiceBusMessage(b))));
        await using var receiver = client.CreateReceiver("jobs");
        var received = new List<string>();
        while (await receiver.ReceiveMessageAsync(TimeSpan.FromMilliseconds(500)) is { } message)
        {
            received.Add(message.Body.ToString());
            await receiver.CompleteMessageAsync(message);
        }
        Assert.Equal(bodies, received.Order());
    }

    [Theory]
    [InlineData("nonsense", typeof(FormatException))]
    [InlineData("Endpoint=sb://localhost;SharedAccessKeyName=x", typeof(ArgumentException))]
    [InlineData("Endpoint=sb://example.com;SharedAccessKeyName=x;SharedAccessKey=y;UseDevelopmentEmulator=true", typeof(FormatException))]
    public void A_connection_string_that_cannot_work_is_refused(string text, Type expected)
    {
        Assert.Throws(expected, () => new ServiceBusClient(text));
    }

    public void Dispose() => _broker.Dispose();

    /// <summary>Locks and deliveries run out within the scenarios.</summary>
    private static Broker Hasty(ServerCertificate? certificate = null) => Broker.Start(lockSeconds: 2, maxDeliveries: 3, uniqueSeconds: 0, certificate);

    private ServiceBusClient Client(ServiceBusTransportType transport) => new(
        transport == ServiceBusTransportType.AmqpWebSockets ? _broker.WebSocketConnectionString : _broker.ConnectionString, new ServiceBusClientOptions { TransportType = transport });

    /// <summary>What the scenarios print.</summary>
    private static async Task<string[]> OfficialAsync(ProcessStartInfo scenarios) => JsonSerializer.Deserialize<string[]>(await NodeServer.RunAsync(scenarios))!;

    private static async Task<string> FailureAsync(Func<Task> action)
    {
        try
        {
            await action();
            return "no failure";
        }
        catch (ServiceBusException e)
        {
            return e.Reason.ToString();
        }
        catch (UnauthorizedAccessException)
        {
            return "UnauthorizedAccess";
        }
    }

    /// <summary>As in scenarios.js.</summary>
    private static async Task<string[]> ScenariosAsync(string connection, ServiceBusClientOptions options)
    {
        var lines = new List<string>();
        void See(params object?[] values) => lines.Add(string.Join(' ', values.Select(v => v switch
        {
            null => "undefined",
            bool b => b ? "true" : "false",
            _ => Convert.ToString(v, CultureInfo.InvariantCulture),
        })));
        await using var client = new ServiceBusClient(connection, options);
        await using var sender = client.CreateSender("jobs");
        await using var receiver = client.CreateReceiver("jobs");
        await using var dead = client.CreateReceiver("jobs", new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        async Task<ServiceBusReceivedMessage> NextAsync(ServiceBusReceiver from, int ms = 3000) => (await from.ReceiveMessageAsync(TimeSpan.FromMilliseconds(ms)))!;

        var message = new ServiceBusMessage("{\"a\":1}") { MessageId = "m1", ContentType = "application/json" };
        message.ApplicationProperties["color"] = "blue";
        message.ApplicationProperties["size"] = 5;
        await sender.SendMessageAsync(message);
        var m = await NextAsync(receiver);
        See("received", m.MessageId, m.Body, m.ContentType, m.ApplicationProperties["color"], m.ApplicationProperties["size"], m.DeliveryCount);
        var before = m.LockedUntil;
        await Task.Delay(500);
        await receiver.RenewMessageLockAsync(m);
        See("renewed", m.LockedUntil > before);
        await receiver.AbandonMessageAsync(m);
        m = await NextAsync(receiver);
        See("abandoned", m.MessageId, m.DeliveryCount);
        await receiver.CompleteMessageAsync(m);
        See("completed, then", await NextAsync(receiver, 300));

        await sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "m2" });
        m = await NextAsync(receiver);
        await receiver.DeadLetterMessageAsync(m, "Bad", "it is bad");
        var peeked = (await dead.PeekMessagesAsync(5))[0];
        See("peeked", peeked.MessageId, peeked.DeadLetterReason);
        m = await NextAsync(dead);
        See("dead", m.MessageId, m.DeadLetterReason, m.DeadLetterErrorDescription);
        await dead.CompleteMessageAsync(m);

        await sender.ScheduleMessageAsync(new ServiceBusMessage("{}") { MessageId = "m3" }, DateTimeOffset.UtcNow.AddSeconds(1.5));
        See("scheduled, early", await NextAsync(receiver, 300));
        m = await NextAsync(receiver, 4000);
        See("scheduled, late", m.MessageId);
        await receiver.CompleteMessageAsync(m);

        await sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "m4" });
        m = await NextAsync(receiver);
        await Task.Delay(2500);
        See("late completion", await FailureAsync(() => receiver.CompleteMessageAsync(m)));
        See("late renewal", await FailureAsync(() => receiver.RenewMessageLockAsync(m)));
        m = await NextAsync(receiver);
        See("came back", m.MessageId, m.DeliveryCount);
        await receiver.AbandonMessageAsync(m);
        m = await NextAsync(receiver);
        await receiver.AbandonMessageAsync(m);
        See("used up, then", await NextAsync(receiver, 300));
        m = await NextAsync(dead);
        See("dead", m.MessageId, m.DeadLetterReason);
        await dead.CompleteMessageAsync(m);

        See("unknown queue", await FailureAsync(() => client.CreateSender("nowhere").SendMessageAsync(new ServiceBusMessage("x"))));
        await using var other = new ServiceBusClient(connection.Replace("SAS_KEY_VALUE", "wrong", StringComparison.Ordinal), options);
        See("wrong key", await FailureAsync(() => other.CreateSender("jobs").SendMessageAsync(new ServiceBusMessage("x"))));
        return [.. lines];
    }
}
