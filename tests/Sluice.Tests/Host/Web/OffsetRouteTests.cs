using System.Net;
using System.Net.Http.Json;
using System.Text;
using Sluice.Control.Access;
using Sluice.Control.Configuration;
using Sluice.Control.Offsets;
using Sluice.Wire.Auth;

namespace Sluice.Tests.Host.Web;

/// <summary>The content provider's offsets over a real connection: on the public listener only of named publishers.</summary>
public sealed class OffsetRouteTests(WebFixture web) : IClassFixture<WebFixture>
{
    private const string Path = "/api/channels/news/offsets";

    [Fact]
    public async Task WhatIsPutHoldsAndIsTold()
    {
        using var put = await web.Admin.PutAsync(Path, JsonContent.Create(new[] { "12.5" }));
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        const string Expected = "{\"offsets\":[{\"output\":\"rtp://239.1.1.1:5004\",\"offset\":12.5,\"configured\":5,\"provided\":12.5}]}";
        Assert.Equal(Expected, await put.Content.ReadAsStringAsync());
        Assert.Equal(Expected, await web.Admin.GetStringAsync(Path));
        using var number = await web.Admin.PutAsync(Path, new StringContent("[7]", Encoding.UTF8, "application/json"));
        Assert.Contains("\"offset\":7,", await number.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task WhatCannotBeFollowedIsSaid()
    {
        using var put = await web.Admin.PutAsync(Path, JsonContent.Create(new[] { "7", "8", "9 239.9.9.9:5004" }));
        Assert.Contains("\"problem\":\"no output goes to 239.9.9.9:5004, or two offsets do\"", await put.Content.ReadAsStringAsync());
    }

    /// <summary>Without a list of publishers anybody who reaches the public listener could move what others are sent, and read where it goes.</summary>
    [Fact]
    public async Task OnThePublicListenerNobodyIsHeardWithoutAPublishList()
    {
        var before = web.Engine.SaidOffsets;
        using var put = await web.Public.PutAsync(Path, JsonContent.Create(new[] { "3" }));
        using var got = await web.Public.GetAsync(Path);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (put.StatusCode, got.StatusCode));
        Assert.Contains("\\u0022publish\\u0022 list", await put.Content.ReadAsStringAsync());
        Assert.DoesNotContain("239.1.1.1", await got.Content.ReadAsStringAsync());
        Assert.Same(before, web.Engine.SaidOffsets);
    }

    [Fact]
    public async Task OnThePublicListenerAUserOnThePublishListIsHeard()
    {
        var config = new EngineConfig
        {
            Users = [new() { Name = "anna", Password = new SecretText("a") }, new() { Name = "bob", Password = new SecretText("b") }],
            Channels = [new() { Name = "news", Sources = [], Publish = ["anna"] }],
        };
        using var named = new WebFixture(new FakeEngine { Access = new ConfiguredAccess(config) });
        await named.InitializeAsync();
        using var nobody = await PutAsync(named.Public, null, null);
        using var bob = await PutAsync(named.Public, nobody, "bob");
        using var anna = await PutAsync(named.Public, nobody, "anna");
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK], [nobody.StatusCode, bob.StatusCode, anna.StatusCode]);
        Assert.Equal([new ProviderOffset(8_000_000_000)], named.Engine.SaidOffsets);
        await named.DisposeAsync();
    }

    [Theory]
    [InlineData("/api/channels/none/offsets", "[]", "application/json", 404)]
    [InlineData(Path, "[\"soon\"]", "application/json", 400)]
    [InlineData(Path, "[{}]", "application/json", 400)]
    [InlineData(Path, "{}", "application/json", 400)]
    [InlineData(Path, "[5", "application/json", 400)]
    [InlineData(Path, "[5]", "text/plain", 415)]
    public async Task RefusesWithAReason(string path, string body, string type, int status)
    {
        using var put = await web.Admin.PutAsync(path, new StringContent(body, Encoding.UTF8, type));
        Assert.Equal((status, "application/problem+json"), ((int)put.StatusCode, put.Content.Headers.ContentType!.MediaType));
    }

    // The password is the name's first letter.
    private static async Task<HttpResponseMessage> PutAsync(HttpClient http, HttpResponseMessage? challenged, string? user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, Path) { Content = JsonContent.Create(new[] { "8" }) };
        var asked = Encoding.ASCII.GetBytes(challenged?.Headers.GetValues("WWW-Authenticate").First() ?? "");
        if (DigestChallenge.TryParse(asked, out var challenge))
            request.Headers.TryAddWithoutValidation("Authorization", challenge.Answer(user!, user![..1], "PUT", Path, user == "bob" ? 1u : 2));
        return await http.SendAsync(request);
    }
}
