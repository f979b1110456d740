using System.Net;
using System.Text;
using Sluice.Control.Access;
using Sluice.Control.Configuration;
using Sluice.Host.Rtsp;
using Sluice.Host.Web;
using Sluice.Wire.Auth;

namespace Sluice.Tests.Host.Web;

/// <summary>What of a channel goes out by HTTP goes to its readers only.</summary>
public sealed class HttpGateTests : IAsyncLifetime, IDisposable
{
    private const string Path = "/channels/news.sdp";

    private readonly FramePump _pump = new();
    private readonly EngineWeb _web;
    private readonly HttpClient _http = new();

    public HttpGateTests()
    {
        var access = new ConfiguredAccess(new EngineConfig
        {
            Users = [new() { Name = "anna", Password = new SecretText("a") }, new() { Name = "bob", Password = new SecretText("b") }],
            Channels = [new() { Name = "news", Sources = [], Read = ["anna"] }],
        });
        _web = EngineWeb.Build(new EngineConfig { Rtsp = null, Http = new(IPAddress.Loopback, 0), Admin = null }, new FakeEngine { Access = access }, _pump);
    }

    public Task InitializeAsync() => _web.App.StartAsync();

    public async Task DisposeAsync() => await _web.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _pump.Dispose();
    }

    private async Task<HttpResponseMessage> GetAsync(string? authorization, string path = Path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{_web.Bound.Http}{path}");
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await _http.SendAsync(request);
    }

    private static DigestChallenge Challenge(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var first = response.Headers.GetValues("WWW-Authenticate").First();
        Assert.True(DigestChallenge.TryParse(Encoding.ASCII.GetBytes(first), out var challenge));
        return challenge;
    }

    [Fact]
    public async Task TheUserOnTheListGetsIt()
    {
        var challenge = Challenge(await GetAsync(null));
        using var got = await GetAsync(challenge.Answer("anna", "a", "GET", Path, 1));
        Assert.Equal("application/sdp", got.Content.Headers.ContentType!.MediaType);
        using var again = await GetAsync(challenge.Answer("anna", "a", "GET", Path, 2));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task OthersDoNot()
    {
        using var forbidden = await GetAsync(Challenge(await GetAsync(null)).Answer("bob", "b", "GET", Path, 1));
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        Challenge(await GetAsync(BasicCredentials.Write("anna", "a")));                // not in the clear
        for (var i = 0; i < 10; i++)
            Challenge(await GetAsync(Challenge(await GetAsync(null)).Answer("anna", "x", "GET", Path, 1)));
        using var locked = await GetAsync(Challenge(await GetAsync(null)).Answer("anna", "a", "GET", Path, 1));
        Assert.Equal(HttpStatusCode.TooManyRequests, locked.StatusCode);
    }

    /// <summary>Else names could be guessed by the answer.</summary>
    [Theory]
    [InlineData("/channels/none.sdp")]
    [InlineData("/channels/none.ts")]
    public async Task WhatIsNotThereIsAskedForAsWell(string path)
    {
        using var got = await GetAsync(Challenge(await GetAsync(null, path)).Answer("bob", "b", "GET", path, 1), path);
        Assert.Equal(HttpStatusCode.NotFound, got.StatusCode);
    }
}
