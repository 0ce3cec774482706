using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Vfi.Tests;

/// <summary>A server of tests/emulators, started with Node.js; killed with the test.</summary>
public abstract class NodeServer : IDisposable
{
    private readonly string[] _arguments;
    private readonly int _port;
    private Process _process;

    protected NodeServer(int port, params string[] arguments)
    {
        (_port, _arguments) = (port, arguments);
        _process = Launch();
    }

    /// <summary>Where npm installed the servers.</summary>
    public static string Modules => Path.Combine(Repository.Root, ".deps", "emulators", "node_modules");

    public static string Emulators => Path.Combine(Repository.Root, "tests", "emulators");

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static ProcessStartInfo Node(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NODE_PATH"] = Modules;
        return start;
    }

    /// <summary>What a script that must succeed prints.</summary>
    public static async Task<string> RunAsync(ProcessStartInfo script)
    {
        using var node = Process.Start(script)!;
        var errors = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await errors);
        return output;
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Starts it again after <see cref="Kill"/>.</summary>
    public void Restart()
    {
        _process.Dispose();
        _process = Launch();
    }

    public virtual void Dispose()
    {
        Kill();
        _process.Dispose();
        GC.SuppressFinalize(this);
    }

    private Process Launch()
    {
        var process = Process.Start(Node(_arguments))!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var watch = Stopwatch.StartNew();
        while (true)
        {
            Assert.False(process.HasExited, $"node {string.Join(' ', _arguments)} has ended");
            try
            {
                using var client = new TcpClient("127.0.0.1", _port);
                return process;
            }
            catch (SocketException) when (watch.Elapsed < TimeSpan.FromSeconds(60))
            {
                Thread.Yield();
            }
        }
    }
}
