using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AlignedProbing.Tests.Scoring;

/// <summary>A server on this machine that answers requests as it is told: also badly, half, or not at all.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, string, Answer> _answer;
    private int _count;

    /// <summary>Starts it.</summary>
    /// <param name="answer">The answer to a request: its number, from 0, and its body.</param>
    public LoopbackServer(Func<int, string, Answer> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Task.Run(ListenAsync);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1alpha1/comments:analyze");

    /// <summary>Requests so far: head and body, and when they came, in seconds.</summary>
    public ConcurrentQueue<(string Head, string Body, double At)> Requests { get; } = [];

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                var (head, body) = await ReadAsync(stream);
                Requests.Enqueue((head, body, Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency));
                var answer = _answer(Interlocked.Increment(ref _count) - 1, body);
                if (answer.Stalls)
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }

                var bytes = Encoding.UTF8.GetBytes(answer.Body);
                var headers =
                    $"HTTP/1.1 {answer.Status} X\r\nContent-Length: {bytes.Length + answer.BytesWithheld}\r\nConnection: close\r\n{answer.Headers}\r\n";
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer.Closes ? "" : headers), _stop.Token);
                await stream.WriteAsync(answer.Closes ? [] : bytes, _stop.Token);
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or SocketException)
            {
                // The other side went away.
            }
        }
    }

    private async Task<(string Head, string Body)> ReadAsync(NetworkStream stream)
    {
        var received = new List<byte>();
        var buffer = new byte[4096];
        while (true)
        {
            var text = Encoding.UTF8.GetString([.. received]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                var length = text[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                    is { } line
                    ? int.Parse(line[15..], System.Globalization.CultureInfo.InvariantCulture)
                    : 0;
                if (received.Count >= end + 4 + length)
                {
                    return (text[..end], text[(end + 4)..]);
                }
            }

            var read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0)
            {
                throw new IOException("The client closed before its request was whole.");
            }

            received.AddRange(buffer.AsSpan(0, read));
        }
    }

    /// <summary>An answer.</summary>
    internal sealed record Answer(int Status, string Body)
    {
        public string Headers { get; init; } = "";

        public bool Stalls { get; init; }

        public bool Closes { get; init; }

        public int BytesWithheld { get; init; }
    }
}
