using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>
/// One AMQP 1.0 connection. A single loop owns Proton's engine and the socket; everything else posts work to it.
/// When it ends, for whatever reason, all links end with <see cref="Failure"/>.
/// </summary>
internal sealed class AmqpConnection : IAsyncDisposable
{
    private const int IdleTimeoutMilliseconds = 60_000;
    private const int MaximumFrame = 64 * 1024;
    private readonly ProtonEngine _engine;
    private readonly Stream _stream;
    private readonly ConcurrentQueue<Action> _work = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Dictionary<nint, AmqpLink> _links = [];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _host;
    private Task _loop = Task.CompletedTask;
    private bool _ended;
    private bool _disposed;

    private AmqpConnection(Stream stream, string host)
    {
        (_stream, _host, _engine) = (stream, host, new ProtonEngine());
        Proton.pn_sasl_allowed_mechs(Proton.pn_sasl(_engine.Transport), "ANONYMOUS");
        Proton.pn_transport_set_max_frame(_engine.Transport, MaximumFrame);
        Proton.pn_transport_set_idle_timeout(_engine.Transport, IdleTimeoutMilliseconds);
        Proton.pn_connection_set_container(_engine.Connection, $"vfi-{Guid.NewGuid():N}");
        Proton.pn_connection_set_hostname(_engine.Connection, host);
        Proton.pn_connection_open(_engine.Connection);
    }

    /// <summary>Why the connection ended; null while it works.</summary>
    public Exception? Failure { get; private set; }

    public bool IsOpen => !Volatile.Read(ref _ended);

    /// <exception cref="ServiceBusException">Not reachable, not an AMQP server, or it refused (communication problem).</exception>
    public static async Task<AmqpConnection> OpenAsync(AmqpEndpoint endpoint, CancellationToken cancellationToken)
    {
        var connection = new AmqpConnection(await endpoint.ConnectAsync(cancellationToken).ConfigureAwait(false), endpoint.Host);
        connection._loop = Task.Run(connection.RunAsync, CancellationToken.None);
        try
        {
            await connection._opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<AmqpSender> OpenSenderAsync(string address, CancellationToken cancellationToken)
    {
        var sender = new AmqpSender(this, address);
        await OpenAsync(sender, cancellationToken).ConfigureAwait(false);
        return sender;
    }

    /// <param name="address">What to receive from.</param>
    /// <param name="replyTo">The name by which a request's sender addresses this link; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<AmqpReceiver> OpenReceiverAsync(string address, string? replyTo, CancellationToken cancellationToken)
    {
        var receiver = new AmqpReceiver(this, address, replyTo);
        await OpenAsync(receiver, cancellationToken).ConfigureAwait(false);
        return receiver;
    }

    /// <summary>Runs an action on the loop, where Proton may be called.</summary>
    /// <exception cref="ServiceBusException">The connection has ended.</exception>
    public Task InvokeAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Enqueue(() =>
        {
            if (Failure is { } failure)
            {
                done.TrySetException(failure);
                return;
            }
            try
            {
                action();
                done.TrySetResult();
            }
            catch (Exception e) when (e is ServiceBusException or NotSupportedException)
            {
                done.TrySetException(e);
            }
        });
        _wake.Release();
        if (Volatile.Read(ref _ended))
            FailRemainingWork();
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        _work.Enqueue(() =>
        {
            if (Failure is null)
                Proton.pn_connection_close(_engine.Connection);
        });
        _wake.Release();
        if (await Task.WhenAny(_loop, Task.Delay(TimeSpan.FromSeconds(2))).ConfigureAwait(false) != _loop)
            await _stream.DisposeAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
    }

    private async Task OpenAsync(AmqpLink link, CancellationToken cancellationToken)
    {
        await InvokeAsync(() => _links[link.Open(Proton.pn_session(_engine.Connection))] = link).ConfigureAwait(false);
        await link.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var buffer = new byte[64 * 1024];
        Task<int>? reading = null;
        var waking = _wake.WaitAsync();
        Exception failure;
        try
        {
            while (true)
            {
                while (_work.TryDequeue(out var action))
                    action();
                HandleEvents();
                while (_engine.TakeOutput() is { Length: > 0 } output)
                {
                    await _stream.WriteAsync(output).ConfigureAwait(false);
                    _engine.OutputDone(output.Length);
                    HandleEvents();
                }
                if (_engine.IsFinished)
                {
                    failure = EndReason();
                    break;
                }
                reading ??= _stream.ReadAsync(buffer).AsTask();
                await Task.WhenAny(reading, waking, Task.Delay(NextTick())).ConfigureAwait(false);
                if (waking.IsCompleted)
                    waking = _wake.WaitAsync();
                if (reading.IsCompleted)
                {
                    var count = await reading.ConfigureAwait(false);
                    reading = null;
                    var taken = 0;
                    do
                    {
                        taken += _engine.TakeInput(buffer.AsSpan(taken, count - taken));
                        HandleEvents();
                    }
                    while (taken < count);
                }
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it is: those who wait would wait for ever. A web socket that was closed meanwhile, for one, says NotSupportedException when it is written to.
            failure = AmqpErrors.Communication($"the connection to {_host} broke ({e.Message})", e);
        }
        End(failure);
        try
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It is gone already.
        }
    }

    private void End(Exception failure)
    {
        Failure = failure;
        foreach (var link in _links.Values)
            link.End(failure);
        _links.Clear();
        Volatile.Write(ref _ended, true);
        FailRemainingWork();
        _opened.TrySetException(failure);
        _engine.Dispose();
    }

    private void FailRemainingWork()
    {
        // The driver is gone or going: with Failure set, actions do nothing but fail their callers.
        while (Failure is not null && _work.TryDequeue(out var action))
            action();
    }

    private TimeSpan NextTick()
    {
        var now = Environment.TickCount64;
        var next = Proton.pn_transport_tick(_engine.Transport, now);
        return next == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Max(1, next - now));
    }

    private void HandleEvents()
    {
        while (_engine.NextEvent() is var e and not 0)
        {
            switch (Proton.pn_event_type(e))
            {
                case Proton.Event.ConnectionRemoteOpen:
                    _opened.TrySetResult();
                    break;
                case Proton.Event.ConnectionRemoteClose:
                    Proton.pn_connection_close(_engine.Connection);
                    break;
                case Proton.Event.SessionRemoteClose:
                    EndSession(Proton.pn_event_session(e));
                    break;
                case Proton.Event.LinkRemoteOpen when Link(e) is { } link:
                    link.RemoteOpened();
                    break;
                case Proton.Event.LinkRemoteClose or Proton.Event.LinkRemoteDetach when Link(e) is { } link:
                    _links.Remove(link.Handle);
                    link.End(AmqpErrors.From(Proton.pn_link_remote_condition(link.Handle), link.Address));
                    link.Close();
                    break;
                case Proton.Event.LinkFlow when Link(e) is { } link:
                    link.Flowed();
                    break;
                case Proton.Event.Delivery when _links.GetValueOrDefault(Proton.pn_delivery_link(Proton.pn_event_delivery(e))) is { } link:
                    link.Updated(Proton.pn_event_delivery(e));
                    break;
                default:
                    break;
            }
        }
    }

    private AmqpLink? Link(nint e) => _links.GetValueOrDefault(Proton.pn_event_link(e));

    private void EndSession(nint session)
    {
        foreach (var link in _links.Values.Where(l => Proton.pn_link_session(l.Handle) == session).ToList())
        {
            _links.Remove(link.Handle);
            link.End(AmqpErrors.From(Proton.pn_session_remote_condition(session), link.Address));
        }
        Proton.pn_session_close(session);
    }

    private ServiceBusException EndReason()
    {
        var condition = Proton.pn_connection_remote_condition(_engine.Connection);
        if (!Proton.pn_condition_is_set(condition))
            condition = Proton.pn_transport_condition(_engine.Transport);
        return Proton.pn_condition_is_set(condition) && AmqpErrors.From(condition, _host) is ServiceBusException error
            ? new ServiceBusException(isTransient: true, error.Message, reason: ServiceBusFailureReason.ServiceCommunicationProblem)
            : AmqpErrors.Communication($"the connection to {_host} was closed", null);
    }
}
