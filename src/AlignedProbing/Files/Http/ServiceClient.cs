using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace AlignedProbing.Files.Http;

/// <summary>Sends JSON to a service that scores, and turns whatever happens into a <see cref="ServiceReply"/>.</summary>
/// <param name="timeout">How long one answer may take.</param>
/// <param name="connections">Connections at once at most.</param>
/// <param name="time">The clock, for a Retry-After that names a date.</param>
/// <param name="key">The key that the requests carry; null where they carry none.</param>
internal sealed class ServiceClient(TimeSpan timeout, int connections, TimeProvider time, string? key) : IDisposable
{
    private const int LargestAnswer = 1 << 20;

    private readonly HttpClient _client = Create(timeout, connections, key);

    /// <summary>Sends a request once.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="json">The body, as UTF-8.</param>
    /// <param name="authorise">Puts the key into a header: not into the address, because addresses end up in logs.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">Asked for; an answer that takes too long is a reply with a failure.</exception>
    public async Task<ServiceReply> PostAsync(Uri address, byte[] json, Action<HttpRequestHeaders> authorise, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(json) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
            authorise(request.Headers);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
            var body = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
            return new ServiceReply(response.StatusCode, body, RetryPause.Of(response.Headers, time.GetUtcNow()));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ServiceReply(default, "", null, string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalSeconds} s"));
        }
        catch (HttpRequestException error)
            when (error.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            return new ServiceReply(default, "", null, $"no connection: {error.GetBaseException().Message}", NobodyThere: true);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return new ServiceReply(default, "", null, $"no whole answer: {error.GetBaseException().Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static HttpClient Create(TimeSpan timeout, int connections, string? key)
    {
        Secrets.Add(key);
        var handler = ProxyRule.Handler(hasKey: key is not null);
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(10);
        handler.MaxConnectionsPerServer = connections;
        return new HttpClient(handler) { Timeout = timeout, MaxResponseContentBufferSize = LargestAnswer };
    }
}
