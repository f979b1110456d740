using System.Net;
using Sluice.Control.Assets;
using Sluice.Host.Assets;
using Sluice.Tests.Kit.Net;

namespace Sluice.Tests.Host.Assets;

/// <summary>A name whose owner changes what it leads to (DNS rebinding): what is connected to is what was checked, at every look.</summary>
public sealed class UpstreamClientTests
{
    private static readonly byte[] s_file = new byte[1_000];
    private static readonly UpstreamPolicy s_public = new(["*"], []), s_here = new([], [IPNetwork.Parse("127.0.0.1/32")]);

    private int _looks;

    /// <summary>The order is judged by a public address, the connection would be made to this machine.</summary>
    [Fact]
    public async Task ANameThatIsPublicAtFirstAndOursThenIsNotConnectedTo()
    {
        await using var inside = new UpstreamServer(s_file);
        using var client = new UpstreamClient(s_public, Resolver("8.8.8.8", "127.0.0.1"));
        var url = new Uri($"http://rebind.example:{inside.Port}/x");

        Assert.Null(await client.RefusalAsync(url, default));
        var refused = await Assert.ThrowsAsync<UpstreamForbiddenException>(() => client.GetAsync(url, _ => { }, default));
        Assert.Contains("127.0.0.1 is not a public address", refused.Message, StringComparison.Ordinal);
        Assert.Equal((2, 0), (_looks, inside.Requests.Count));
    }

    [Fact]
    public async Task ARedirectionToTheSameNameIsLookedUpAndJudgedAnew()
    {
        await using var server = new UpstreamServer(s_file, new UpstreamMood { Status = 302, Location = "/again" });
        using var client = new UpstreamClient(s_here, Resolver("127.0.0.1", "127.0.0.2"));
        var refused = await Assert.ThrowsAsync<UpstreamForbiddenException>(
            () => client.GetAsync(new Uri($"http://rebind.example:{server.Port}/x"), _ => { }, default));
        Assert.Contains("127.0.0.2", refused.Message, StringComparison.Ordinal);
        Assert.Equal((2, 1), (_looks, server.Requests.Count));
    }

    [Theory]
    [InlineData("8.8.8.8,127.0.0.1")]
    [InlineData("2001:4860:4860::8888,::1")]
    [InlineData("8.8.8.8,169.254.169.254")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task OneForbiddenAddressForbidsTheName(string addresses)
    {
        using var client = new UpstreamClient(s_public, Resolver(addresses));
        await Assert.ThrowsAsync<UpstreamForbiddenException>(() => client.GetAsync(new Uri("http://rebind.example/x"), _ => { }, default));
    }

    [Fact]
    public async Task WhatIsConnectedToIsWhatWasLookedUpOnce()
    {
        await using var server = new UpstreamServer(s_file);
        using var client = new UpstreamClient(s_here, Resolver("127.0.0.1", "127.0.0.2"));
        using var answer = await client.GetAsync(new Uri($"http://rebind.example:{server.Port}/x"), _ => { }, default);
        Assert.Equal((HttpStatusCode.OK, 1, 1), (answer.StatusCode, _looks, server.Requests.Count));
    }

    // Another answer at each look, the last one for good.
    private Func<string, CancellationToken, Task<IPAddress[]>> Resolver(params string[] looks) => (host, _) =>
    {
        Assert.Equal("rebind.example", host);
        var look = looks[Math.Min(_looks++, looks.Length - 1)];
        return Task.FromResult(look.Split(',').Select(IPAddress.Parse).ToArray());
    };
}
