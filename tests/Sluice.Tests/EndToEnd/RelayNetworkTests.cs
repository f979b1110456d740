using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// Groups that viewers ask for as they ask udpxy, in a network namespace of their own, so that the kernel's list of memberships is only
/// ours: joined once however many watch, left when the last has gone, and the place used again by the next group.
/// </summary>
[Collection(QuietMachine.Name)]
public sealed class RelayNetworkTests(ITestOutputHelper output) : IDisposable
{
    private const int HttpPort = 8080, AdminPort = 9090, Port = 5004, PacketsPerSecond = 100, PacketsMin = 2 * PacketsPerSecond;
    private const string Group = "239.77.17.1", Next = "239.77.17.2", Specific = "232.77.17.1";
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);
    private readonly NetworkNamespace _edge = new();

    public void Dispose() => _edge.Dispose();

    [Fact]
    public async Task AGroupIsJoinedOnceAndLeftWithItsLastViewer()
    {
        await using var engine = await StartAsync();
        using var rtp = Send(Group, isRtp: true);
        using var raw = Send(Specific, isRtp: false);
        using var next = Send(Next, isRtp: false);
        Assert.DoesNotContain(Group, Memberships().Keys);

        using (var crowd = await WatchAsync(6, $"/rtp/{Group}:{Port}", $"/udp/{Group}:{Port}/", $"/rtp/127.0.0.1@{Specific}:{Port}"))
        {
            Assert.Equal((1, 1), (Memberships()[Group], Memberships()[Specific]));
            Assert.StartsWith("HTTP/1.1 503", await HeadAsync($"/udp/{Next}:{Port}"));
            Assert.StartsWith("HTTP/1.1 403", await HeadAsync($"/udp/224.0.0.251:{Port}"));
            await AssertWholeAsync(crowd);
            var channels = await ChannelsAsync();
            Assert.Equal([(4, $"{Group}:{Port}"), (2, $"127.0.0.1@{Specific}:{Port}")],
                channels.Where(c => c["isRelay"]!.GetValue<bool>()).Select(c => (c["clientCount"]!.GetValue<int>(), c["name"]!.GetValue<string>())));
        }

        await Eventually.TrueAsync("no membership", s_bound, () => !Memberships().ContainsKey(Group) && !Memberships().ContainsKey(Specific));
        // The places are free again after a moment, and nothing of the old groups is in them.
        await Eventually.TrueAsync("a free place", s_bound, async () => (await HeadAsync($"/udp/{Next}:{Port}")).Contains("200 OK", StringComparison.Ordinal));
        using var later = await WatchAsync(3, $"/udp/{Next}:{Port}");
        await AssertWholeAsync(later);
        Assert.Equal(1, Memberships()[Next]);
        Assert.Equal(3, engine.Output.Snapshot().Count(line => line.Text.Contains("joined for viewers", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ASilentGroupIsToldJoinedAgainAndComesBack()
    {
        await using var engine = await StartAsync();
        using var crowd = await HttpPeer.ConnectAsync(new(IPAddress.Loopback, HttpPort), place: _edge);
        await crowd.SendAsync($"GET /udp/{Group}:{Port} HTTP/1.0\r\nHost: localhost\r\n\r\n");
        await Eventually.TrueAsync("an alarm", s_bound, async () => (await AlarmsAsync()).Contains($"source-silent warning {Group}:{Port}"));
        await Eventually.TrueAsync("a rejoin", s_bound, async () => (await ChannelsAsync()).Any(
            c => c["isRelay"]!.GetValue<bool>() && c["sources"]![0]!["rejoins"]!.GetValue<long>() > 0));
        Assert.Equal(1, Memberships()[Group]);

        using var sender = Send(Group, isRtp: false);
        await Eventually.TrueAsync("no alarm", s_bound, async () => !(await AlarmsAsync()).Any(alarm => alarm.Contains(Group, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WhoIsNotOnTheListOfRelayedGroupsJoinsNothing()
    {
        await using var engine = await StartAsync(""", "read": [ "anna" ]""", """ "users": { "anna": { "password": "secret" } },""");
        Assert.StartsWith("HTTP/1.1 401", await HeadAsync($"/udp/{Group}:{Port}"));
        Assert.DoesNotContain(Group, Memberships().Keys);
        using var sender = Send(Group, isRtp: false);
        await using var curl = ChildProcess.Start("ip", ["netns", "exec", _edge.Name, "curl", "-s", "--digest", "-u", "anna:secret", "--max-time", "5",
            "-o", "/dev/null", "-w", "%{http_code} %{size_download}", $"http://127.0.0.1:{HttpPort}/udp/{Group}:{Port}"]);
        await curl.WaitForExitAsync(s_bound);
        Assert.Matches("200 [1-9][0-9]{4,}", curl.Output.Tail());
    }

    private async Task<string[]> AlarmsAsync() => [.. (await ApiAsync("/api/status"))["alarms"]!.AsArray()
        .Select(a => $"{a!["code"]!.GetValue<string>()} {a["severity"]!.GetValue<string>()} {a["channel"]?.GetValue<string>()}")];

    private Task AssertWholeAsync(HttpCrowd crowd) => crowd.AssertWholeAsync(PacketsMin, s_bound,
        async () => (await ChannelsAsync()).Sum(c => c["sent"]!["dropped"]!.GetValue<long>()), output.WriteLine);

    private async Task<ChildProcess> StartAsync(string relay = "", string root = "")
    {
        var path = SluiceProcess.WriteConfiguration($$"""
            { {{root}} "rtsp": { "listen": "off" }, "http": { "listen": "127.0.0.1:{{HttpPort}}" }, "admin": { "listen": "127.0.0.1:{{AdminPort}}" },
              "relay": { "groups": [ "239.77.0.0/16", "232.77.0.0/16" ], "iface": "lo", "slots": 2, "linger": "300ms"{{relay}} },
              "channels": { "own": { "sources": [ "rtp://@:5999" ] } } }
            """);
        var engine = ChildProcess.Start("ip", ["netns", "exec", _edge.Name, SluiceProcess.BinaryPath, "run", path]);
        await engine.WaitForLineAsync("the engine", line => line.Contains("is up", StringComparison.Ordinal), s_bound);
        return engine;
    }

    private StampedSender Send(string group, bool isRtp) =>
        _edge.Run(() => new StampedSender(new(IPAddress.Parse(group), Port), new SendPlan(PacketsPerSecond) { Rtp = isRtp }));

    private Task<HttpCrowd> WatchAsync(int count, params string[] paths) =>
        HttpCrowd.WatchPathsAsync(new(IPAddress.Loopback, HttpPort), count, paths, _edge);

    // The head of a GET: a HEAD would join nothing.
    private async Task<string> HeadAsync(string path)
    {
        using var peer = await HttpPeer.ConnectAsync(new(IPAddress.Loopback, HttpPort), place: _edge);
        return await peer.GetAsync(path);
    }

    private async Task<JsonNode[]> ChannelsAsync() => [.. (await ApiAsync("/api/channels"))["channels"]!.AsArray().Select(c => c!)];

    private async Task<JsonNode> ApiAsync(string path)
    {
        using var peer = await HttpPeer.ConnectAsync(new(IPAddress.Loopback, AdminPort), place: _edge);
        await peer.SendAsync($"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
        var answer = await peer.TextAsync();
        return JsonNode.Parse(answer[answer.IndexOf('{')..])!;
    }

    /// <summary>The IPv4 groups that are joined in the namespace, and by how many sockets (linux/igmp.c, igmp_mc_seq_show).</summary>
    private Dictionary<string, int> Memberships() => _edge.Run(() => File.ReadAllLines("/proc/thread-self/net/igmp"))
        .Where(line => line.StartsWith('\t')).Select(line => line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries))
        .ToDictionary(words => new IPAddress(uint.Parse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString(),
            words => int.Parse(words[1], CultureInfo.InvariantCulture));
}
