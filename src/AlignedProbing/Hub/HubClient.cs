using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using AlignedProbing.Files.Http;

namespace AlignedProbing.Hub;

/// <summary>
/// Talks to the Hub: requests with the token for the endpoint alone, redirections followed by hand, silence bounded, and what the Hub answers turned into
/// errors. One for each download.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 10;
    private const int LargestAnswer = 64 << 20;

    private readonly HubRequest _request;
    private readonly HubOptions _options;
    private readonly HttpClient _http;

    public HubClient(HubRequest request, HubOptions options)
    {
        _request = request;
        _options = options;
        Secrets.Add(options.Token);
        var handler = ProxyRule.Handler(hasKey: options.Token is not null);
        handler.ConnectTimeout = options.Silence;
        // What is kept is checked byte for byte: no compression on the way.
        handler.AutomaticDecompression = DecompressionMethods.None;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("aligned-probing", typeof(HubClient).Assembly.GetName().Version?.ToString(3)));
    }

    private string Base => _options.Endpoint.AbsoluteUri.TrimEnd('/');

    /// <summary>The list of a revision's files.</summary>
    /// <exception cref="TransientFault">It may succeed later.</exception>
    /// <exception cref="InputException">It will not.</exception>
    public async Task<HubListing> ListAsync(string revision, CancellationToken cancellationToken)
    {
        var kind = _request.Repository == HubRepository.Model ? "models" : "datasets";
        var address = new Uri($"{Base}/api/{kind}/{_request.Name}/revision/{Uri.EscapeDataString(revision)}?blobs=true");
        using var response = await SendAsync(HttpMethod.Get, address, from: 0, followAway: false, cancellationToken).ConfigureAwait(false);
        ThrowIfRefused(response, revision, file: null);
        using var body = new MemoryStream();
        await using (var stream = await OpenAsync(response, cancellationToken).ConfigureAwait(false))
        {
            var buffer = new byte[1 << 16];
            while (await ReadAsync(stream, buffer, cancellationToken).ConfigureAwait(false) is var read && read > 0)
            {
                body.Write(buffer, 0, read);
                if (body.Length > LargestAnswer)
                {
                    throw HubErrors.Answer(_request, _options.Endpoint, "its list of files does not end");
                }
            }
        }

        try
        {
            return HubListing.Parse(body.GetBuffer().AsMemory(0, (int)body.Length), _request.Repository == HubRepository.DataSet);
        }
        catch (FormatException error)
        {
            throw HubErrors.Answer(_request, _options.Endpoint, $"its list of files cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Size and hash of a file, asked for where the list does not say them.</summary>
    /// <exception cref="TransientFault">It may succeed later.</exception>
    /// <exception cref="InputException">It will not.</exception>
    public async Task<HubFile> DescribeAsync(string commit, string file, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Head, FileAddress(commit, file), from: 0, followAway: false, cancellationToken).ConfigureAwait(false);
        if (!IsRedirect(response.StatusCode))
        {
            ThrowIfRefused(response, commit, file);
        }

        var hash = (Header(response, "X-Linked-Etag") ?? Header(response, "ETag"))?.Replace("W/", "", StringComparison.Ordinal).Trim('"');
        var size = long.TryParse(Header(response, "X-Linked-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out var linked)
            ? linked
            : response.Content.Headers.ContentLength;
        if (Header(response, "X-Repo-Commit") is { } found && found != commit)
        {
            throw HubErrors.Answer(_request, _options.Endpoint, $"asked for '{file}' of commit {commit}, it names commit {HubErrors.Clean(found)}");
        }

        return BlobHash.IsKnown(hash) && size is >= 0
            ? new HubFile(file, size, hash)
            : throw HubErrors.Answer(_request, _options.Endpoint, $"it says neither in its list nor in its headers how large '{file}' is and what its hash is");
    }

    /// <summary>
    /// Asks for a file's bytes from some place on; the answer's status is 200 (from the beginning), 206 (from there) or 416 (nothing follows).
    /// </summary>
    /// <exception cref="TransientFault">It may succeed later.</exception>
    /// <exception cref="InputException">It will not.</exception>
    public async Task<HttpResponseMessage> DownloadAsync(string commit, string file, long from, CancellationToken cancellationToken)
    {
        var response = await SendAsync(HttpMethod.Get, FileAddress(commit, file), from, followAway: true, cancellationToken).ConfigureAwait(false);
        try
        {
            if (response.StatusCode is not HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                ThrowIfRefused(response, commit, file);
            }

            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>The body of an answer.</summary>
    public async Task<Stream> OpenAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        await WatchedAsync(token => response.Content.ReadAsStreamAsync(token), cancellationToken).ConfigureAwait(false);

    /// <summary>Reads on; 0 at the end.</summary>
    /// <exception cref="TransientFault">The connection broke, or fell silent.</exception>
    public Task<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken) =>
        WatchedAsync(token => body.ReadAsync(buffer, token).AsTask(), cancellationToken);

    public void Dispose() => _http.Dispose();

    private static bool IsRedirect(HttpStatusCode status) =>
        status
            is HttpStatusCode.MovedPermanently
                or HttpStatusCode.Found
                or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect
                or HttpStatusCode.PermanentRedirect;

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private Uri FileAddress(string commit, string file) => new(
        $"{Base}/{HubErrors.PathOf(_request)}/resolve/{commit}/{string.Join('/', file.Split('/').Select(Uri.EscapeDataString))}");

    private bool IsEndpoint(Uri address) =>
        address.Scheme == _options.Endpoint.Scheme && address.Authority.Equals(_options.Endpoint.Authority, StringComparison.OrdinalIgnoreCase);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long from, bool followAway, CancellationToken cancellationToken)
    {
        for (var redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using var message = new HttpRequestMessage(method, address);
            if (_options.Token is not null && IsEndpoint(address))
            {
                message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
            }

            if (from > 0)
            {
                message.Headers.Range = new RangeHeaderValue(from, null);
            }

            var response = await WatchedAsync(token => _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, token), cancellationToken)
                .ConfigureAwait(false);
            if (!IsRedirect(response.StatusCode) || response.Headers.Location is not { } location)
            {
                return response;
            }

            var next = location.IsAbsoluteUri ? location : new Uri(address, location);
            // Where a file's bytes lie elsewhere, what describes it stands in the redirection itself.
            if (!followAway && !IsEndpoint(next))
            {
                return response;
            }

            response.Dispose();
            if (next.Scheme is not ("http" or "https") || (address.Scheme == "https" && next.Scheme == "http"))
            {
                throw HubErrors.Answer(_request, _options.Endpoint, $"it redirects to {next.Scheme}://{next.Authority}, which is not followed");
            }

            address = next;
        }

        throw HubErrors.Answer(_request, _options.Endpoint, $"it redirects more than {MostRedirects} times");
    }

    /// <summary>Waits no longer than silence is tolerated, and turns what breaks connections into a fault that may pass.</summary>
    private async Task<T> WatchedAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        using var watch = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        watch.CancelAfter(_options.Silence);
        try
        {
            return await act(watch.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientFault($"no answer for {HubErrors.Duration(_options.Silence)}");
        }
        catch (HttpRequestException error)
        {
            throw new TransientFault(Why(error), error)
            {
                NoConnection =
                    error.HttpRequestError
                        is HttpRequestError.NameResolutionError
                            or HttpRequestError.ConnectionError
                            or HttpRequestError.ProxyTunnelError
                            or HttpRequestError.SecureConnectionError,
            };
        }
        catch (IOException error)
        {
            throw new TransientFault("the connection broke", error);
        }
    }

    private static string Why(HttpRequestException error) => error.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "the name of the server cannot be resolved (is there a network?)",
        HttpRequestError.ConnectionError => $"no connection ({HubErrors.Clean((error.InnerException ?? error).Message)})",
        HttpRequestError.SecureConnectionError => $"no secure connection ({HubErrors.Clean((error.InnerException ?? error).Message)})",
        HttpRequestError.ProxyTunnelError => "the proxy refuses the connection",
        _ => "the connection broke",
    };

    private void ThrowIfRefused(HttpResponseMessage response, string revision, string? file)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var message = Header(response, "X-Error-Message");
        var hasToken = _options.Token is not null;
        throw (Header(response, "X-Error-Code"), response.StatusCode) switch
        {
            ("GatedRepo", _) => HubErrors.Gated(_request, _options.Endpoint, hasToken, message),
            ("RevisionNotFound", _) => HubErrors.RevisionMissing(_request, revision),
            ("EntryNotFound", _) => HubErrors.FileMissing(_request, file ?? "such file", []),
            (_, HttpStatusCode.Unauthorized) when hasToken && message?.Contains("Invalid credentials", StringComparison.OrdinalIgnoreCase) == true =>
                HubErrors.TokenRefused(_request, _options.Endpoint),
            ("RepoNotFound", _) or (_, HttpStatusCode.Unauthorized or HttpStatusCode.NotFound) => HubErrors.NotFound(_request, _options.Endpoint, hasToken),
            (_, HttpStatusCode.Forbidden) => HubErrors.Gated(_request, _options.Endpoint, hasToken, message),
            (_, HttpStatusCode.TooManyRequests) => new TransientFault("the Hub asks for fewer requests")
            {
                RateLimited = true,
                RetryAfter = RetryAfter(response),
            },
            (_, HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError) => new TransientFault(
                $"the server answers {HubErrors.Status(response.StatusCode, response.ReasonPhrase)}")
            {
                RetryAfter = RetryAfter(response),
            },
            _ => HubErrors.Answer(
                _request,
                _options.Endpoint,
                $"it answers {HubErrors.Status(response.StatusCode, response.ReasonPhrase)} to '{file ?? "the list of files"}'"),
        };
    }

    // Retry-After, or where there is none the seconds until the Hub counts anew: RateLimit: "resolvers";r=0;t=55.
    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var pause = RetryPause.Of(response.Headers, TimeProvider.System.GetUtcNow());
        if (
            pause is null
            && Header(response, "RateLimit")?.Split(';').FirstOrDefault(part => part.Trim().StartsWith("t=", StringComparison.Ordinal)) is { } part
            && int.TryParse(part.Trim()[2..], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            pause = TimeSpan.FromSeconds(seconds);
        }

        return pause;
    }
}
