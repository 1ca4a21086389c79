using System.Net;
using AlignedProbing.Files.Http;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Files;

public sealed class ProxyRuleTests
{
    private static readonly WebProxy Proxy = new("http://proxy.invalid:3128");

    [Theory]
    [InlineData("http://127.0.0.1:8000/v1")]
    [InlineData("http://127.8.9.1/")]
    [InlineData("http://localhost:1/")]
    [InlineData("http://LOCALHOST./")]
    [InlineData("http://llm.localhost/")]
    [InlineData("http://[::1]:80/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://0.0.0.0:11434/")]
    [InlineData("http://[::]/")]
    [InlineData("https://127.0.0.1/")]
    public void This_machine_is_asked_directly(string address)
    {
        Assert.True(new ProxyRule(Proxy, hasKey: false).IsBypassed(new Uri(address)));
        Assert.Null(new ProxyRule(Proxy, hasKey: true).GetProxy(new Uri(address)));
    }

    [Theory]
    [InlineData("http://example.org/", false, true)]
    [InlineData("http://example.org/", true, false)]
    [InlineData("https://example.org/", true, true)]
    [InlineData("https://example.org/", false, true)]
    [InlineData("http://localhost.example.org/", false, true)]
    public void A_key_passes_a_proxy_only_within_a_tunnel(string address, bool hasKey, bool throughProxy) =>
        Assert.Equal(throughProxy ? Proxy.Address : null, new ProxyRule(Proxy, hasKey).GetProxy(new Uri(address)));

    [Fact]
    public async Task A_handler_with_the_rule_sends_nothing_to_the_proxy()
    {
        using var proxy = new FakeHub();
        using var hub = new FakeHub();
        using var handler = ProxyRule.Handler(hasKey: true);
        handler.Proxy = new ProxyRule(new WebProxy(proxy.Address), hasKey: true);
        using var client = new HttpClient(handler);
        using var response = await client.GetAsync(new Uri(hub.Address, "/api/models/org/none/revision/main"), TestContext.Current.CancellationToken);
        Assert.Empty(proxy.Requests);
        Assert.Single(hub.Requests);
    }
}
