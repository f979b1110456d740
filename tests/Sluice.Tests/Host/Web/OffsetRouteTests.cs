using System.Net;
using System.Net.Http.Json;
using System.Text;

namespace Sluice.Tests.Host.Web;

/// <summary>The content provider's offsets over a real connection: on the public listener too.</summary>
public sealed class OffsetRouteTests(WebFixture web) : IClassFixture<WebFixture>
{
    private const string Path = "/api/channels/news/offsets";

    [Fact]
    public async Task WhatIsPutHoldsAndIsToldOnBothListeners()
    {
        using var put = await web.Public.PutAsync(Path, JsonContent.Create(new[] { "12.5" }));
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
        using var put = await web.Public.PutAsync(Path, JsonContent.Create(new[] { "7", "8", "9 239.9.9.9:5004" }));
        Assert.Contains("\"problem\":\"no output goes to 239.9.9.9:5004, or two offsets do\"", await put.Content.ReadAsStringAsync());
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
        using var put = await web.Public.PutAsync(path, new StringContent(body, Encoding.UTF8, type));
        Assert.Equal((status, "application/problem+json"), ((int)put.StatusCode, put.Content.Headers.ContentType!.MediaType));
    }
}
