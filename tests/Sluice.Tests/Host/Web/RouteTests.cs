using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.Control.Configuration;

namespace Sluice.Tests.Host.Web;

/// <summary>Every route over a real connection: what it answers, on which listener, and how it refuses.</summary>
public sealed class RouteTests(WebFixture web) : IClassFixture<WebFixture>
{
    [Theory]
    [InlineData("/", "text/html", "<title>Sluice</title>")]
    [InlineData("/health", "application/json", "\"status\":\"degraded\"")]
    [InlineData("/api/status", "application/json", "\"severity\":\"critical\"")]
    [InlineData("/api/channels", "application/json", "\"url\":\"rtp://10.0.0.8@232.1.1.1:5004?iface=eth1\"")]
    [InlineData("/api/channels/news", "application/json", "\"name\":\"news\"")]
    [InlineData("/api/channels/NEWS", "application/json", "\"name\":\"news\"")]
    [InlineData("/api/channels/news/clients", "application/json", "\"id\":\"18446744073709551615\"")]
    [InlineData("/api/channels/news/clients?offset=299&limit=5", "application/json", "{\"total\":300,\"offset\":299,\"clients\":[{\"id\":")]
    [InlineData("/api/channels/sports/clients", "application/json", "\"total\":0")]
    [InlineData("/api/burst", "application/json", "\"peakToMean1Ms\":")]
    [InlineData("/api/burst?channel=news", "application/json", "\"windowMs\":1000")]
    [InlineData("/api/schema", "application/schema+json", "draft/2020-12")]
    [InlineData("/metrics", "text/plain", "sluice_channel_clients{channel=\"news\"} 300")]
    [InlineData("/channels/news.sdp", "application/sdp", "s=news")]
    [InlineData("/channels/news.sdp?output=239.9.9.9:5004", "application/sdp", "c=IN IP4 239.9.9.9/8")]
    public async Task AnswersTheAdmin(string path, string type, string mention)
    {
        using var answer = await web.Admin.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains(mention, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/health", HttpStatusCode.OK)]
    [InlineData("/channels/news.sdp", HttpStatusCode.OK)]
    [InlineData("/", HttpStatusCode.NotFound)]
    [InlineData("/api/status", HttpStatusCode.NotFound)]
    [InlineData("/api/channels", HttpStatusCode.NotFound)]
    [InlineData("/api/channels/news", HttpStatusCode.NotFound)]
    [InlineData("/api/channels/news/clients", HttpStatusCode.NotFound)]
    [InlineData("/api/burst", HttpStatusCode.NotFound)]
    [InlineData("/api/schema", HttpStatusCode.NotFound)]
    [InlineData("/metrics", HttpStatusCode.NotFound)]
    public async Task KeepsTheAdminRoutesOffThePublicListener(string path, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        // The header is the client's word and opens nothing.
        request.Headers.Host = web.Admin.BaseAddress!.Authority;
        using var answer = await web.Public.SendAsync(request);

        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/nothing", 404, "Not found")]
    [InlineData("GET", "/api/channels/none", 404, "Unknown channel")]
    [InlineData("GET", "/api/channels/none/clients", 404, "Unknown channel")]
    [InlineData("GET", "/api/channels/news/clients?limit=-1", 400, "Bad request")]
    [InlineData("GET", "/api/channels/news/clients?limit=99999", 400, "Bad request")]
    [InlineData("GET", "/api/burst?channel=none", 404, "Unknown channel")]
    [InlineData("GET", "/channels/none.sdp", 404, "No session description")]
    [InlineData("GET", "/channels/news.sdp?output=239.9.9.9:5006", 404, "No session description")]
    [InlineData("GET", "/channels/news", 404, "No session description")]
    [InlineData("GET", "/channels/..%2f..%2fetc%2fpasswd.sdp", 404, "No session description")]
    [InlineData("DELETE", "/api/clients/41", 404, "Unknown client")]
    [InlineData("DELETE", "/api/clients/x", 404, "Unknown client")]
    [InlineData("DELETE", "/api/channels/news", 405, "Method not allowed")]
    [InlineData("POST", "/api/status", 405, "Method not allowed")]
    [InlineData("POST", "/api/channels/news/clients", 415, "JSON expected")]
    public async Task RefusesWithAProblem(string method, string path, int status, string title)
    {
        using var answer = await web.Admin.SendAsync(new(new HttpMethod(method), path));

        await AssertProblemAsync(answer, status, title);
    }

    [Theory]
    [InlineData("{ \"to\": \"rtp://10.0.0.1:1\" }", "news", 503, "No room for another client")]
    [InlineData("{ \"to\": \"rtp://10.0.0.1:2\" }", "news", 409, "The destination is served already")]
    [InlineData("{ \"to\": \"rtp://10.0.0.1:3\" }", "news", 422, "The destination cannot be used")]
    [InlineData("{ \"to\": \"rtp://10.0.0.1:4\" }", "none", 404, "Unknown channel")]
    [InlineData("{ \"to\": \"rtp://10.0.0.1:4\", \"tll\": 3 }", "news", 400, "The output is not understood")]
    [InlineData("{ \"to\": \"rtp://10.0.0.1:4\", \"delay\": \"9s\" }", "news", 400, "The output is not understood")]
    [InlineData("{", "news", 400, "The output is not understood")]
    [InlineData("", "news", 400, "The output is not understood")]
    public async Task RefusesAnOutputWithTheReason(string body, string channel, int status, string title)
    {
        using var answer = await PostAsync(channel, body);

        var problem = await AssertProblemAsync(answer, status, title);
        Assert.NotEmpty((string)problem["detail"]!);
        Assert.Equal(status == 400, problem["mistakes"] is not null);
    }

    [Fact]
    public async Task AddsAndRemovesAnOutput()
    {
        using var answer = await PostAsync("news", "{ \"to\": \"rtp://10.0.0.1:6000\", \"ttl\": 9, \"delay\": \"120ms\" }");

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("/api/clients/18446744073709551614", answer.Headers.Location!.ToString());
        Assert.Equal("18446744073709551614", (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!);
        Assert.Contains(("news", new OutputConfig { To = new(MediaScheme.Rtp, "10.0.0.1", 6000), Ttl = 9, DelayNs = 120_000_000 }), web.Engine.Added);

        using var gone = await web.Admin.DeleteAsync("/api/clients/42");
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.Contains(42ul, web.Engine.Removed);
    }

    [Fact]
    public async Task RefusesABodyThatIsTooLarge()
    {
        using var answer = await PostAsync("news", new string(' ', 70_000));

        await AssertProblemAsync(answer, 413, "The request is too large");
    }

    [Theory]
    [InlineData("Host", "rebound.example:9090")]
    [InlineData("Host", "rebound.example")]
    [InlineData("Origin", "http://elsewhere.example")]
    [InlineData("Origin", "null")]
    public async Task KeepsForeignPagesOffTheAdminListener(string header, string value)
    {
        foreach (var path in new[] { "/api/status", "/metrics", "/health" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation(header, value);
            using var answer = await web.Admin.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    [Fact]
    public async Task LetsTheStatusPageLoadNothingFromElsewhere()
    {
        using var answer = await web.Admin.GetAsync("/");

        var policy = string.Join(';', answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("script-src 'sha256-", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", await answer.Content.ReadAsStringAsync());
    }

    private Task<HttpResponseMessage> PostAsync(string channel, string body) => web.Admin.PostAsync($"/api/channels/{channel}/clients",
        new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")));

    private static async Task<JsonNode> AssertProblemAsync(HttpResponseMessage answer, int status, string title)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.Equal((status, title), ((int)problem["status"]!, (string)problem["title"]!));
        return problem;
    }
}
