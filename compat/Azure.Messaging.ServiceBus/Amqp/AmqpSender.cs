namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>Sends messages and waits until the other side has accepted each.</summary>
internal sealed class AmqpSender(AmqpConnection connection, string address) : AmqpLink(connection, address)
{
    private readonly Queue<(byte[] Message, TaskCompletionSource<Task> Sent)> _waitingForCredit = new();
    private ulong _tag;

    protected override nint RemoteTerminus => Proton.pn_link_remote_target(Handle);

    /// <exception cref="ServiceBusException">Rejected, or the link ended before the answer came.</exception>
    public async Task SendAsync(byte[] message, CancellationToken cancellationToken)
    {
        var sent = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Connection.InvokeAsync(() =>
        {
            ThrowIfEnded();
            _waitingForCredit.Enqueue((message, sent));
            Flowed();
        }).ConfigureAwait(false);
        var settled = await sent.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        await settled.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public override unsafe void Flowed()
    {
        while (Proton.pn_link_credit(Handle) > 0 && _waitingForCredit.TryDequeue(out var next))
        {
            var tag = ++_tag;
            var delivery = Proton.pn_delivery(Handle, new Proton.Bytes { Start = (byte*)&tag, Size = sizeof(ulong) });
            next.Sent.TrySetResult(Settled(delivery));
            fixed (byte* start = next.Message)
                Proton.pn_link_send(Handle, start, (nuint)next.Message.Length);
            Proton.pn_link_advance(Handle);
        }
    }

    public override void End(Exception failure)
    {
        base.End(failure);
        while (_waitingForCredit.TryDequeue(out var waiting))
            waiting.Sent.TrySetException(failure);
    }

    protected override nint Create(nint session, string name)
    {
        var link = Proton.pn_sender(session, name);
        Proton.pn_terminus_set_address(Proton.pn_link_target(link), Address);
        Proton.pn_terminus_set_address(Proton.pn_link_source(link), name);
        return link;
    }
}
