using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace AlignedProbing.Cli.Tests.Clusters;

/// <summary>A real Redis on a free port of this machine, in memory alone.</summary>
internal sealed class RedisServer : IDisposable
{
    private Process? _process;

    private RedisServer(int port) => Port = port;

    public int Port { get; }

    public Dictionary<string, string> Variables => new()
    {
        ["REDIS_SERVER"] = "127.0.0.1",
        ["REDIS_PORT"] = Port.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Starts it, or skips the test with the reason.</summary>
    public static RedisServer StartOrSkip(params string[] options)
    {
        var server = new RedisServer(FreePort());
        try
        {
            server.Start(options);
        }
        catch (Win32Exception)
        {
            Assert.Skip("redis-server is not installed");
        }

        return server;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Start(params string[] options)
    {
        string[] arguments = ["--port", Variables["REDIS_PORT"], "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", .. options];
        _process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        for (var tries = 0; tries < 500; tries++)
        {
            try
            {
                using var client = new TcpClient("127.0.0.1", Port);
                return;
            }
            catch (SocketException)
            {
                Thread.Sleep(20);
            }
        }

        throw new InvalidOperationException("redis-server does not answer.");
    }

    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    public async Task<ConnectionMultiplexer> ConnectAsync() =>
        await ConnectionMultiplexer.ConnectAsync(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},allowAdmin=true"));

    public void Dispose() => Kill();
}
