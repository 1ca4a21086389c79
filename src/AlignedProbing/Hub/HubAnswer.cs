using System.Net;
using System.Net.Http.Headers;
using AlignedProbing.Files.Http;

namespace AlignedProbing.Hub;

/// <summary>What the Hub says when it is asked who the token belongs to. The token itself is nowhere in it.</summary>
/// <param name="Fault">Why it could not be asked; null where it answered.</param>
/// <param name="TokenIsValid">Whether it takes the token; null where there is none, or where it did not say.</param>
public sealed record HubAnswer(string? Fault, bool? TokenIsValid)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks once.</summary>
    /// <param name="options">Where, and with which token.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<HubAnswer> AskAsync(HubOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        Secrets.Add(options.Token);
        using var handler = ProxyRule.Handler(hasKey: options.Token is not null);
        using var http = new HttpClient(handler) { Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{options.Endpoint.AbsoluteUri.TrimEnd('/')}/api/whoami-v2"));
        if (options.Token is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            return response.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new HubAnswer(null, options.Token is null ? null : false),
                HttpStatusCode.OK => new HubAnswer(null, options.Token is null ? null : true),
                var other => new HubAnswer($"it answered {(int)other}", null),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new HubAnswer($"no answer within {Patience.TotalSeconds:0} s", null);
        }
        catch (HttpRequestException error)
        {
            return new HubAnswer(Secrets.Hide(error.GetBaseException().Message.TrimEnd('.')), null);
        }
    }
}
