namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>A message as it came, not yet settled.</summary>
internal sealed record AmqpDelivery(nint Handle, byte[] Tag, byte[] Message);

/// <summary>Receives one message for each that is asked for; settles with the other side's confirmation.</summary>
internal sealed class AmqpReceiver(AmqpConnection connection, string address, string? replyTo) : AmqpLink(connection, address)
{
    private const int SettleSecond = 1;
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(5);
    private readonly Queue<AmqpDelivery> _received = new();
    private TaskCompletionSource<AmqpDelivery?>? _waiting;

    /// <summary>Where every message goes instead of waiting for <see cref="ReceiveAsync"/>; they are accepted at once.</summary>
    public Action<byte[]>? OnMessage { get; set; }

    protected override nint RemoteTerminus => Proton.pn_link_remote_source(Handle);

    /// <summary>Grants credit for messages to <see cref="OnMessage"/>.</summary>
    public Task GrantAsync(int credit) => Connection.InvokeAsync(() =>
    {
        ThrowIfEnded();
        Proton.pn_link_flow(Handle, credit);
    });

    /// <summary>One call at a time.</summary>
    /// <returns>The next message, or null when none came in time. No message is lost in between: credit is drained.</returns>
    public async Task<AmqpDelivery?> ReceiveAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var waiting = new TaskCompletionSource<AmqpDelivery?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Connection.InvokeAsync(() =>
        {
            ThrowIfEnded();
            if (_received.TryDequeue(out var ready))
            {
                waiting.TrySetResult(ready);
                return;
            }
            _waiting = waiting;
            Proton.pn_link_flow(Handle, 1);
        }).ConfigureAwait(false);
        await Task.WhenAny(waiting.Task, Task.Delay(wait, cancellationToken)).ConfigureAwait(false);
        if (!waiting.Task.IsCompleted)
            await DrainAsync(waiting).ConfigureAwait(false);
        var delivery = await waiting.Task.ConfigureAwait(false);
        if (delivery is not null && cancellationToken.IsCancellationRequested)
            await SettleAsync(delivery, Proton.Released, null, CancellationToken.None).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return delivery;
    }

    /// <param name="delivery">From this link.</param>
    /// <param name="outcome">Accepted, rejected, released or modified.</param>
    /// <param name="error">For a rejection: the condition's name and entries.</param>
    /// <param name="cancellationToken">Stops waiting for the confirmation.</param>
    public async Task SettleAsync(
        AmqpDelivery delivery, ulong outcome, (string Name, Dictionary<string, object> Info)? error, CancellationToken cancellationToken)
    {
        Task? settled = null;
        await Connection.InvokeAsync(() =>
        {
            ThrowIfEnded();
            if (error is { } e)
            {
                var condition = Proton.pn_disposition_condition(Proton.pn_delivery_local(delivery.Handle));
                Proton.pn_condition_set_name(condition, e.Name);
                AmqpData.Write(Proton.pn_condition_info(condition), e.Info.ToDictionary(i => new Symbol(i.Key), i => i.Value));
            }
            settled = Settled(delivery.Handle);
            Proton.pn_delivery_update(delivery.Handle, outcome);
        }).ConfigureAwait(false);
        await settled!.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Flowed()
    {
        // Zero credit while one waits: the drain is through.
        if (_waiting is { } waiting && Proton.pn_link_credit(Handle) == 0)
        {
            _waiting = null;
            waiting.TrySetResult(null);
        }
    }

    public override unsafe void Updated(nint delivery)
    {
        if (!Proton.pn_delivery_readable(delivery) || Proton.pn_delivery_partial(delivery))
        {
            base.Updated(delivery);
            return;
        }
        var message = new byte[Proton.pn_delivery_pending(delivery)];
        fixed (byte* start = message)
            Proton.pn_link_recv(Handle, start, (nuint)message.Length);
        var received = new AmqpDelivery(delivery, Proton.pn_delivery_tag(delivery).Span.ToArray(), message);
        Proton.pn_link_advance(Handle);
        if (OnMessage is { } handler)
        {
            Proton.pn_delivery_update(delivery, Proton.Accepted);
            Proton.pn_delivery_settle(delivery);
            Proton.pn_link_flow(Handle, 1);
            handler(message);
        }
        else if (_waiting is { } waiting)
        {
            _waiting = null;
            waiting.TrySetResult(received);
        }
        else
        {
            _received.Enqueue(received);
        }
    }

    public override void End(Exception failure)
    {
        base.End(failure);
        _received.Clear();
        _waiting?.TrySetException(failure);
        _waiting = null;
    }

    protected override nint Create(nint session, string name)
    {
        var link = Proton.pn_receiver(session, name);
        Proton.pn_terminus_set_address(Proton.pn_link_source(link), Address);
        Proton.pn_terminus_set_address(Proton.pn_link_target(link), replyTo ?? name);
        if (replyTo is null)
            Proton.pn_link_set_rcv_settle_mode(link, SettleSecond);
        return link;
    }

    private async Task DrainAsync(TaskCompletionSource<AmqpDelivery?> waiting)
    {
        await Connection.InvokeAsync(() =>
        {
            if (_waiting == waiting)
                Proton.pn_link_drain(Handle, 0);
        }).ConfigureAwait(false);
        if (await Task.WhenAny(waiting.Task, Task.Delay(DrainTimeout)).ConfigureAwait(false) == waiting.Task)
            return;
        // A peer that does not answer cannot be trusted to hold no message for this link: end it.
        await Connection.InvokeAsync(() =>
        {
            End(AmqpErrors.Communication("the receiving link does not answer", null));
            Close();
        }).ConfigureAwait(false);
    }
}
