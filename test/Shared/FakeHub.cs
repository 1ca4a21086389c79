using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AlignedProbing.Tests.Shared;

/// <summary>
/// A Hub on loopback: lists and serves the files it is given as huggingface.co does, notes every request, and misbehaves where a test has it. Large files
/// (weights) are redirected to
/// <see cref="Storage"/>, another server, where there is one.
/// </summary>
internal sealed class FakeHub : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<FakeRequest> _requests = [];
    private readonly Dictionary<(string Name, string Revision), string> _commits = [];
    private readonly Dictionary<(string Name, string Commit), SortedDictionary<string, byte[]>> _files = [];
    private readonly Dictionary<string, byte[]> _blobs = [];

    public FakeHub()
    {
        _listener.Start();
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}"));
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Where large files are redirected to; null to serve them itself.</summary>
    public FakeHub? Storage { get; init; }

    /// <summary>Whether the list says sizes and hashes.</summary>
    public bool StatesBlobs { get; init; } = true;

    /// <summary>Answers a request in a way of the test's own; null to answer as usual.</summary>
    public Func<FakeRequest, FakeAnswer?> Instead { get; set; } = _ => null;

    public IReadOnlyList<FakeRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Requests for a file's bytes.</summary>
    public IEnumerable<FakeRequest> Downloads(string file) =>
        Requests.Where(request => request.Method == "GET" && request.Path.EndsWith("/" + file, StringComparison.Ordinal));

    /// <summary>Adds a commit, named by its content; returns its name.</summary>
    public string Add(string name, string revision, IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        var content = new SortedDictionary<string, byte[]>(files.ToDictionary(), StringComparer.Ordinal);
        var commit = Convert.ToHexStringLower(SHA256.HashData([.. content.SelectMany(file => Encoding.UTF8.GetBytes(file.Key).Concat(file.Value))]))[..40];
        _commits[(name, revision)] = _commits[(name, commit)] = commit;
        _files[(name, commit)] = content;
        foreach (var bytes in content.Values)
        {
            _blobs[Sha256(bytes)] = bytes;
        }

        return commit;
    }

    public static bool IsLarge(string file) => file.EndsWith(".safetensors", StringComparison.Ordinal) || file.EndsWith(".bin", StringComparison.Ordinal);

    public static string HashOf(string file, byte[] bytes) => IsLarge(file) ? Sha256(bytes) : GitHash(bytes);

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Ends it; may be called again.</summary>
    public void Dispose()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        _stop.Cancel();
        _listener.Dispose();
    }

#pragma warning disable CA5350 // Git names its objects so.
    private static string GitHash(byte[] bytes) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {bytes.Length}\0")), .. bytes]));
#pragma warning restore CA5350

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request)
                {
                    return;
                }

                lock (_requests)
                {
                    _requests.Add(request);
                }

                var answer = Instead(request) ?? Answer(request);
                var head = new StringBuilder(
                    string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} {(HttpStatusCode)answer.Status}\r\nConnection: close\r\n"));
                foreach (var (name, value) in answer.Headers)
                {
                    head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
                }

                head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Length ?? answer.Body.Length}\r\n\r\n");
                await stream.WriteAsync(Encoding.ASCII.GetBytes(head.ToString()), _stop.Token);
                await stream.WriteAsync(answer.Body.AsMemory(0, request.Method == "HEAD" ? 0 : answer.CutAfter ?? answer.Body.Length), _stop.Token);
                await stream.FlushAsync(_stop.Token);
                if (answer.FallsSilent)
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }
            }
            catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task<FakeRequest?> ReadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || !head[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var parts = lines[0].Split(' ');
        return new FakeRequest(
            parts[0],
            Uri.UnescapeDataString(parts[1]),
            lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
    }

    private FakeAnswer Answer(FakeRequest request)
    {
        var parts = request.Path.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["blob", var hash])
        {
            return Bytes(request, _blobs[hash], []);
        }

        // Data sets have a name of their own here: datasets/org/name.
        if (parts is ["api", "datasets", ..])
        {
            parts = ["api", "models", .. parts[1..]];
        }

        if (parts is ["api", "models", ..] && Array.IndexOf(parts, "revision") is var at and > 0)
        {
            var name = string.Join('/', parts[2..at]);
            return !_files.Keys.Any(key => key.Name == name) ? Refusal(404, "RepoNotFound")
                : !_commits.TryGetValue((name, string.Join('/', parts[(at + 1)..])), out var commit) ? Refusal(404, "RevisionNotFound")
                : new FakeAnswer
                {
                    Body = JsonSerializer.SerializeToUtf8Bytes(
                        new
                        {
                            id = name,
                            sha = commit,
                            siblings = _files[(name, commit)].Select(file => Sibling(file.Key, file.Value)),
                        }),
                };
        }

        if (Array.IndexOf(parts, "resolve") is var place and > 0 && _files.TryGetValue((string.Join('/', parts[..place]), parts[place + 1]), out var files))
        {
            var file = string.Join('/', parts[(place + 2)..]);
            if (!files.TryGetValue(file, out var bytes))
            {
                return Refusal(404, "EntryNotFound");
            }

            var headers = new Dictionary<string, string> { ["X-Repo-Commit"] = parts[place + 1], ["ETag"] = $"\"{HashOf(file, bytes)}\"" };
            if (!IsLarge(file) || Storage is null)
            {
                return Bytes(request, bytes, headers);
            }

            Storage._blobs[Sha256(bytes)] = bytes;
            return new FakeAnswer
            {
                Status = 302,
                Headers = new Dictionary<string, string>(headers)
                {
                    ["ETag"] = "\"of-the-redirection\"",
                    ["X-Linked-Etag"] = $"\"{Sha256(bytes)}\"",
                    ["X-Linked-Size"] = bytes.Length.ToString(CultureInfo.InvariantCulture),
                    ["Location"] = $"{Storage.Address}blob/{Sha256(bytes)}?signature=secret",
                },
            };
        }

        return Refusal(404, "RepoNotFound");
    }

    private object Sibling(string file, byte[] bytes) =>
        !StatesBlobs ? new { rfilename = file }
        : IsLarge(file)
            ? new
            {
                rfilename = file,
                size = bytes.Length,
                blobId = GitHash(Encoding.UTF8.GetBytes("a pointer")),
                lfs = new
                {
                    sha256 = Sha256(bytes),
                    size = bytes.Length,
                    pointerSize = 135,
                },
            }
        : new
        {
            rfilename = file,
            size = bytes.Length,
            blobId = GitHash(bytes),
        };

    public static FakeAnswer Refusal(int status, string? code, string? message = null)
    {
        var headers = new Dictionary<string, string>();
        if (code is not null)
        {
            headers["X-Error-Code"] = code;
        }

        if (message is not null)
        {
            headers["X-Error-Message"] = message;
        }

        return new FakeAnswer { Status = status, Headers = headers };
    }

    /// <summary>The bytes asked for: all, or from where the request says.</summary>
    public static FakeAnswer Bytes(FakeRequest request, byte[] bytes, Dictionary<string, string> headers)
    {
        if (!request.Headers.TryGetValue("Range", out var range))
        {
            return new FakeAnswer { Body = bytes, Headers = headers };
        }

        var from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return from >= bytes.Length
            ? new FakeAnswer { Status = 416, Headers = headers }
            : new FakeAnswer
            {
                Status = 206,
                Body = bytes[from..],
                Headers = new Dictionary<string, string>(headers)
                {
                    ["Content-Range"] = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{bytes.Length - 1}/{bytes.Length}"),
                },
            };
    }
}

/// <summary>What came to a <see cref="FakeHub"/>.</summary>
internal sealed record FakeRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers);

/// <summary>What a <see cref="FakeHub"/> answers.</summary>
internal sealed record FakeAnswer
{
    public int Status { get; init; } = 200;

    public Dictionary<string, string> Headers { get; init; } = [];

    public byte[] Body { get; init; } = [];

    /// <summary>The length that it states; null for the body's.</summary>
    public long? Length { get; init; }

    /// <summary>Bytes of the body after which the connection ends; null to send all.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Whether the connection stays open and silent in the end.</summary>
    public bool FallsSilent { get; init; }
}
