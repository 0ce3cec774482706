namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>One end of a link, on a session of its own. Members that call Proton run on the connection's loop.</summary>
internal abstract class AmqpLink(AmqpConnection connection, string address)
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<nint, TaskCompletionSource> _settling = [];

    public string Address { get; } = address;

    public nint Handle { get; private set; }

    public Task Opened => _opened.Task;

    /// <summary>Why the link ended; null while it works.</summary>
    public Exception? Failure { get; private set; }

    public bool IsOpen => Failure is null && Connection.IsOpen;

    protected AmqpConnection Connection { get; } = connection;

    /// <returns>The link's handle.</returns>
    public nint Open(nint session)
    {
        Proton.pn_session_open(session);
        Handle = Create(session, $"{Address}-{Guid.NewGuid():N}");
        Proton.pn_link_open(Handle);
        return Handle;
    }

    public async Task CloseAsync()
    {
        if (!IsOpen)
            return;
        try
        {
            await Connection.InvokeAsync(() =>
            {
                if (Failure is not null)
                    return;
                End(new ObjectDisposedException(Address));
                Close();
            }).ConfigureAwait(false);
        }
        catch (Exception) when (!Connection.IsOpen)
        {
            // The connection ended meanwhile, and the link with it.
        }
    }

    /// <summary>The other side answered. A refusal answers without a terminus, and closes with the reason.</summary>
    public void RemoteOpened()
    {
        if (Proton.pn_terminus_get_type(RemoteTerminus) != 0)
            _opened.TrySetResult();
    }

    public void Close()
    {
        Proton.pn_link_close(Handle);
        Proton.pn_session_close(Proton.pn_link_session(Handle));
    }

    public virtual void End(Exception failure)
    {
        Failure ??= failure;
        _opened.TrySetException(failure);
        foreach (var waiting in _settling.Values)
            waiting.TrySetException(failure);
        _settling.Clear();
    }

    public virtual void Flowed()
    {
    }

    /// <summary>A delivery of this link was updated by the other side.</summary>
    public virtual void Updated(nint delivery)
    {
        var state = Proton.pn_delivery_remote_state(delivery);
        if ((!Proton.pn_delivery_settled(delivery) && state < Proton.Accepted) || !_settling.Remove(delivery, out var waiting))
            return;
        if (state == Proton.Rejected)
            waiting.TrySetException(AmqpErrors.From(Proton.pn_disposition_condition(Proton.pn_delivery_remote(delivery)), Address));
        else
            waiting.TrySetResult();
        Proton.pn_delivery_settle(delivery);
    }

    protected abstract nint RemoteTerminus { get; }

    protected abstract nint Create(nint session, string name);

    /// <summary>A task that ends when the other side has settled the delivery.</summary>
    protected Task Settled(nint delivery)
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _settling[delivery] = waiting;
        return waiting.Task;
    }

    protected void ThrowIfEnded()
    {
        if (Failure is not null)
            throw Failure as ServiceBusException ?? AmqpErrors.Communication(Failure.Message, Failure);
    }
}
