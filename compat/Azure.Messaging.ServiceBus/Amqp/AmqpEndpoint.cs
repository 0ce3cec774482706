using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;

namespace Azure.Messaging.ServiceBus.Amqp;

/// <summary>Where a namespace is, and how it is reached.</summary>
/// <param name="Host">Its name.</param>
/// <param name="Port">Null: the transport's.</param>
/// <param name="Tls">False for emulators alone.</param>
/// <param name="Transport">What AMQP's frames go through.</param>
internal sealed record AmqpEndpoint(string Host, int? Port, bool Tls, ServiceBusTransportType Transport)
{
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);

    /// <exception cref="ServiceBusException">Not reachable (communication problem).</exception>
    public async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var (port, connect) = Transport == ServiceBusTransportType.AmqpWebSockets
            ? (Port ?? (Tls ? 443 : 80), (Func<int, CancellationToken, Task<Stream>>)WebSocketAsync) : (Port ?? (Tls ? 5671 : 5672), TcpAsync);
        try
        {
            return await connect(port, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or WebSocketException)
        {
            throw AmqpErrors.Communication($"{Host}:{port} cannot be reached ({e.GetBaseException().Message})", e);
        }
    }

    private async Task<Stream> TcpAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(Host, port, cancellationToken).ConfigureAwait(false);
            var plain = new NetworkStream(socket, ownsSocket: true);
            if (!Tls)
                return plain;
            var secure = new SslStream(plain);
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = Host }, cancellationToken).ConfigureAwait(false);
            return secure;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Path and protocol are the service's.</summary>
    private async Task<Stream> WebSocketAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.AddSubProtocol("AMQPWSB10");
            await socket.ConnectAsync(new Uri($"{(Tls ? "wss" : "ws")}://{Host}:{port}/$servicebus/websocket/"), cancellationToken).ConfigureAwait(false);
            return WebSocketStream.Create(socket, WebSocketMessageType.Binary, CloseTime);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
