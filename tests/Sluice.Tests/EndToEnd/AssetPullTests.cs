using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Store.Assets;

namespace Sluice.Tests.EndToEnd;

/// <summary>One data file from an upstream HTTP server that cuts, stalls, ignores ranges, changes and lies.</summary>
public class AssetPullTests
{
    private static readonly byte[] s_file = new PcrFile { Packets = 12_000 }.Bytes();

    [Fact]
    public async Task EveryTroubleOfTheServerIsGotOver()
    {
        await using var rig = await AssetRig.StartAsync();
        await using var cuts = new UpstreamServer(s_file, new() { CutAfter = 700_000 }, new() { CutAfter = 600_000 }, new());
        await using var stalls = new UpstreamServer(s_file, new() { StallAfter = 900_000 }, new());
        await using var plain = new UpstreamServer(s_file, new() { CutAfter = 700_000 }, new() { IgnoresRanges = true });
        await using var longer = new UpstreamServer(s_file, new() { LengthLie = 5_000 }, new());
        await using var busy = new UpstreamServer(s_file, new() { Status = 503 }, new());
        await using var chunked = new UpstreamServer(s_file, new UpstreamMood { IsChunked = true });
        await using var moved = new UpstreamServer(s_file, new() { Status = 302, Location = "/elsewhere" }, new());
        var servers = new[] { cuts, stalls, plain, longer, busy, chunked, moved };
        // Two at a time run at once; the others wait for their turn.
        for (var i = 0; i < servers.Length; i++)
        {
            if (i >= 4)
                await rig.WholeAsync($"pulled{i - 4}");
            Assert.Equal(HttpStatusCode.Accepted, (await rig.OrderAsync($"pulled{i}", new JsonObject { ["url"] = servers[i].Url })).Status);
        }
        for (var i = 0; i < servers.Length; i++)
        {
            var status = await rig.WholeAsync($"pulled{i}");
            Assert.Equal(s_file.Length, (long)status["bytes"]!);
            Assert.Equal(PcrFile.Sha256(s_file), PcrFile.Sha256(await rig.FileAsync($"pulled{i}")));
        }
        // Each goes on where the one before ended; a slow machine may make a break more.
        var resumed = cuts.Requests.Skip(1).ToArray();
        Assert.InRange(resumed.Length, 2, 4);
        Assert.All(resumed, request => Assert.Contains("If-Range: \"one\"", request, StringComparison.Ordinal));
        var from = resumed.Select(request => int.Parse(request.Split("Range: bytes=")[1].Split('-')[0], CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(from.Order(), from);
        Assert.InRange(from[0], 1, 700_000);
    }

    [Fact]
    public async Task AnObjectThatChangesIsBegunAnewAndAKilledEngineGoesOn()
    {
        await using var rig = await AssetRig.StartAsync();
        var second = new PcrFile { Packets = 11_000 }.Bytes(seed: 2);
        await using var changes = new UpstreamServer(s_file, new() { CutAfter = 700_000 }, new());
        changes.OnRequest = number => (changes.Content, changes.ETag) = number < 2 ? (s_file, "\"one\"") : (second, "\"two\"");
        await using var slow = new UpstreamServer(s_file, new UpstreamMood { StallAfter = 1_000_000 });

        await rig.OrderAsync("changed", new JsonObject { ["url"] = changes.Url });
        await rig.OrderAsync("slow", new JsonObject { ["url"] = slow.Url });
        await rig.WholeAsync("changed");
        Assert.Equal(PcrFile.Sha256(second), PcrFile.Sha256(await rig.FileAsync("changed")));

        await Eventually.TrueAsync("a beginning", TimeSpan.FromSeconds(10), async () => (long)(await rig.StatusAsync("slow"))["bytes"]! >= 1_000_000);
        await rig.KillAndStartAsync();
        await rig.WholeAsync("slow");
        Assert.Equal(PcrFile.Sha256(s_file), PcrFile.Sha256(await rig.FileAsync("slow")));
    }

    [Fact]
    public async Task NothingIsFetchedThatIsNotAllowed()
    {
        await using var inside = new UpstreamServer(s_file);
        await using var rig = await AssetRig.StartAsync(root => root["assets"]!["hosts"] = new JsonArray("*", "127.0.0.1"));
        foreach (var url in (string[])[
            "file:///etc/passwd", "ftp://127.0.0.1/x", "http://169.254.169.254/latest", $"http://[::1]:{inside.Port}/x", $"http://127.0.0.2:{inside.Port}/x",
            "http://10.0.0.1/x", "http://[::ffff:192.168.0.1]/x", "http://0xa9fea9fe/", "http://user:pw@127.0.0.1/x"])
            Assert.Equal((url, HttpStatusCode.Forbidden), (url, (await rig.OrderAsync("x", new JsonObject { ["url"] = url })).Status));

        // A redirection is judged as the first URL was, and the fourth is not followed.
        await using var lures = new UpstreamServer(s_file, new UpstreamMood { Status = 302, Location = "http://169.254.169.254/latest/meta-data" });
        await using var files = new UpstreamServer(s_file, new UpstreamMood { Status = 302, Location = "file:///etc/passwd" });
        await using var circles = new UpstreamServer(s_file, new UpstreamMood { Status = 302, Location = "/object.ts" });
        foreach (var (name, server, expected) in new[] { ("lure", lures, "169.254.169.254"), ("file", files, "file:"), ("circle", circles, "redirections") })
        {
            await rig.OrderAsync(name, new JsonObject { ["url"] = server.Url });
            await Eventually.TrueAsync(name, TimeSpan.FromSeconds(10), async () =>
                ((string?)(await rig.StatusAsync(name))["problem"])?.Contains(expected, StringComparison.Ordinal) == true);
        }
        Assert.Equal(4, circles.Requests.Count);
        Assert.Empty(inside.Requests);
        Assert.Equal(HttpStatusCode.BadRequest, (await rig.OrderAsync("x", new JsonObject { ["url"] = inside.Url, ["channel"] = "news" })).Status);
    }
}
