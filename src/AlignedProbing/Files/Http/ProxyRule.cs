using System.Net;

namespace AlignedProbing.Files.Http;

/// <summary>
/// The one rule of all clients for the proxy of the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY): what runs on this machine is asked directly, and a key
/// never passes a proxy in the clear. So a request that carries a key uses a proxy only through a tunnel, which is to say for https.
/// </summary>
/// <param name="environment">The proxy of the environment.</param>
/// <param name="hasKey">Whether the client's requests carry a key.</param>
internal sealed class ProxyRule(IWebProxy environment, bool hasKey) : IWebProxy
{
    /// <inheritdoc/>
    public ICredentials? Credentials
    {
        get => environment.Credentials;
        set => environment.Credentials = value;
    }

    /// <summary>A handler that keeps the rule and follows no redirection: that would carry the key to whoever it names.</summary>
    /// <param name="hasKey">Whether the client's requests carry a key.</param>
    public static SocketsHttpHandler Handler(bool hasKey) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        Proxy = new ProxyRule(HttpClient.DefaultProxy, hasKey),
    };

    /// <summary>Whether an address is this machine.</summary>
    public static bool IsThisMachine(Uri address) =>
        address.IsLoopback
        || address.IdnHost.TrimEnd('.') is var host
            && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
                || (IPAddress.TryParse(host, out var number)
                    && (IPAddress.IsLoopback(number) || number.Equals(IPAddress.Any) || number.Equals(IPAddress.IPv6Any)
                        || (number.IsIPv4MappedToIPv6 && IPAddress.IsLoopback(number.MapToIPv4())))));

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : environment.GetProxy(destination);

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => IsThisMachine(host) || (hasKey && host.Scheme != Uri.UriSchemeHttps) || environment.IsBypassed(host);
}
