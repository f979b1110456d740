using System.Text.RegularExpressions;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// The engine in one network namespace announces its multicast outputs; in the other, tshark reads every announcement, VLC lists them
/// by itself, and ffmpeg plays a channel from its .sdp file alone.
/// </summary>
public sealed class SapTests : IAsyncLifetime, IDisposable
{
    private const string Configuration = """
        { "rtsp": { "listen": "off" }, "http": { "listen": "10.78.0.2:8080" }, "admin": { "listen": "127.0.0.1:9090" },
          "sap": { "interval": "2s" },
          "channels": {
            "news": { "sources": [ "udp://@:5004" ], "sap": { "name": "News HD" },
              "outputs": [ "rtp://239.255.7.1:6000?iface=e0", "rtp://[ff15::7801]:6002?iface=e0", "udp://239.255.7.2:6004?iface=e0", "rtp://10.78.0.1:6006" ] },
            "premium": { "sources": [ "udp://@:5006" ], "outputs": [ "rtp://232.78.1.1:6008?iface=e0" ] },
            "quiet": { "sources": [ "udp://@:5008" ], "sap": { "enabled": false }, "outputs": [ "rtp://239.255.7.3:6010?iface=e0" ] },
            "unknown": { "sources": [ "rtp://@:5010" ], "outputs": [ "rtp://239.255.7.4:6012?iface=e0" ] } } }
        """;

    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);
    private readonly NetworkNamespace _head = new(), _edge = new();
    private ChildProcess _engine = null!;

    public async Task InitializeAsync()
    {
        NetworkNamespace.Connect(_head, "h0", _edge, "e0");
        foreach (var address in new[] { "10.78.0.1/24", "fd78::1/64" }) _head.AddAddress("h0", address);
        foreach (var address in new[] { "10.78.0.2/24", "fd78::2/64" }) _edge.AddAddress("e0", address);
        // The players ask the routing table where to join.
        foreach (var route in new[] { "route add 224.0.0.0/4 dev h0", "-6 route add ff00::/8 dev h0 table local" }) _head.IpInside(route);
        _engine = In(_edge, SluiceProcess.BinaryPath, "run", SluiceProcess.WriteConfiguration(Configuration));
        await _engine.WaitForLineAsync("the engine", line => line.Contains("is up", StringComparison.Ordinal), s_bound);
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    public void Dispose()
    {
        _edge.Dispose();
        _head.Dispose();
    }

    [Fact]
    public async Task EveryAnnouncementIsWellFormedAndWhatEndsIsDeleted()
    {
        var file = TestFolder.NewFile("sap.pcapng");
        var deletions = 0;
        // It prints a line for every packet, so that one can wait for the last: at its end it does not flush what the kernel still holds.
        await using var tshark = ChildProcess.Start("ip",
            ["netns", "exec", _head.Name, "tshark", "-n", "-l", "-P", "-i", "h0", "-f", "udp port 9875", "-w", file],
            line => deletions += line.Text.Contains("Deletion (v1)", StringComparison.Ordinal) ? 1 : 0);
        await tshark.WaitForLineAsync("a packet", t => t.Contains("Announcement (v1)", StringComparison.Ordinal), s_bound);
        var added = await AdminAsync(
            "-X", "POST", "-H", "Content-Type: application/json", "-d", "\"rtp://239.193.7.9:6020?iface=e0\"", "/api/channels/news/clients");
        var id = Regex.Match(added, "\"id\":\"(\\d+)\"").Groups[1].Value;
        await _engine.WaitForLineAsync("its announcement", l => l.Contains($"output {id} is announced in 239.195.255.255", StringComparison.Ordinal), s_bound);
        foreach (var name in new[] { id, "239.193.7.9:6020", "rtp://239.193.7.9:6020" })
            Assert.Contains("c=IN IP4 239.193.7.9/1", await AdminAsync($"/channels/news.sdp?output={name}"), StringComparison.Ordinal);
        Assert.Contains("m=video 6006 RTP/AVP 33", await AdminAsync("/channels/news.sdp?output=10.78.0.1:6006"), StringComparison.Ordinal);
        Assert.Contains("\"status\":404", await AdminAsync("/channels/news.sdp?output=udp://239.255.7.2:6004"), StringComparison.Ordinal);
        await AdminAsync("-X", "DELETE", $"/api/clients/{id}");
        await _engine.WaitForLineAsync("its deletion", l => l.Contains($"output {id} in 239.195.255.255 is deleted", StringComparison.Ordinal), s_bound);
        // The first announcements went out before anybody listened.
        var before = await SentAsync();
        await Eventually.TrueAsync("more of each", s_bound, async () => await SentAsync() >= before + 3 * 3);
        Assert.Contains("sluice_sap_sessions 3", await AdminAsync("/metrics"), StringComparison.Ordinal);
        Assert.Equal(0, await _engine.StopAsync(Signals.Terminate, s_bound));
        await Eventually.TrueAsync("every deletion", s_bound, () => Task.FromResult(Volatile.Read(ref deletions) >= 4), () => tshark.Output.Tail());
        await tshark.StopAsync(Signals.Interrupt, s_bound);

        Assert.Empty(await Tshark.LinesAsync(file, "_ws.malformed || sdp.invalid || sdp.invalid_line.no_equal || sdp.invalid_line.missing_fields"));
        var packets = (await Tshark.LinesAsync(file, "sap", "ip.dst", "ipv6.dst", "sap.flags.t", "sdp.media", "sdp.session_name", "sdp.session_attr", "ip.ttl"))
            .Select(line => line.Split('\t')).ToArray();
        Assert.All(packets, fields => Assert.True(fields[3].Length > 0 && fields[4].Length > 0, $"not dissected as SDP: {string.Join('|', fields)}"));
        AssertStory(packets, "239.255.255.255", "video 6000 RTP/AVP 33", "News HD");
        AssertStory(packets, "ff05::2:7ffe", "video 6002 RTP/AVP 33", "News HD");
        AssertStory(packets, "239.195.255.255", "video 6020 RTP/AVP 33", "News HD");
        var specific = AssertStory(packets, "224.2.127.254", "video 6008 RTP/AVP 33", "premium");
        Assert.All(specific, fields => Assert.Contains("source-filter: incl IN IP4 232.78.1.1 10.78.0.2", fields[5], StringComparison.Ordinal));
        Assert.All(packets.Where(f => f[1].Length == 0), fields => Assert.Equal("255", fields[6]));
        // Nothing else: not the raw output, not the host, not the quiet channel, not the stream that nobody knows yet.
        Assert.Equal(["6000", "6002", "6008", "6020"], packets.Select(f => f[3].Split(' ')[1]).Distinct().Order());
    }

    [Fact]
    public async Task VlcListsTheOutputsByItself()
    {
        var port = FreePorts.One();
        await using var vlc = In(_head, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", $"HOME={TestFolder.Root}",
            "cvlc", "-I", "rc", "--rc-host", $"127.0.0.1:{port}", "--no-color", "--services-discovery", "sap", "--miface", "h0");
        // VLC 3 takes no deletion from anybody (sap.c: it could be a third party's); it forgets what is no longer announced.
        var list = "";
        await Eventually.TrueAsync("VLC's list", s_bound, async () =>
        {
            list = await RemoteAsync(port, "playlist");
            return list.Contains("News HD", StringComparison.Ordinal) && list.Contains("premium", StringComparison.Ordinal);
        }, () => list + vlc.Output.Tail());
    }

    [Fact]
    public async Task FfmpegPlaysAGroupFromItsSdpFileAlone()
    {
        var clip = await TestClip.PathAsync();
        await using var pusher = In(_head, "ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-re", "-stream_loop", "-1", "-i", clip, "-c", "copy",
            "-f", "mpegts", "udp://10.78.0.2:5004?pkt_size=1316");
        var urls = new[] { "news.sdp", "news.sdp?output=rtp://[ff15::7801]:6002" };
        var plays = await Task.WhenAll(urls.Select(url => PlayAsync($"http://10.78.0.2:8080/channels/{url}")));
        // Three seconds of media; two of pictures are enough to show that the file alone is, on a machine that stands still now and then.
        Assert.All(plays, play => Assert.True(play.Frames >= 2 * TestClip.FramesPerSecond, play.Log));
    }

    private async Task<(int Frames, string Log)> PlayAsync(string url)
    {
        await using var ffmpeg = In(_head, "ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "warning", "-nostats", "-progress", "pipe:1",
            "-protocol_whitelist", "http,tcp,rtp,udp", "-i", url, "-t", "3", "-map", "0:v:0", "-f", "null", "-");
        await ffmpeg.WaitForExitAsync(TimeSpan.FromSeconds(40));
        var frames = ffmpeg.Output.Snapshot().Where(l => l.Text.StartsWith("frame=", StringComparison.Ordinal)).Select(l => int.Parse(l.Text.AsSpan(6)));
        return (frames.DefaultIfEmpty().Last(), ffmpeg.Output.Tail());
    }

    /// <summary>One session: announced at least once, deleted exactly once and last, all in its own scope. Returns its packets.</summary>
    private static string[][] AssertStory(string[][] packets, string group, string media, string name)
    {
        var mine = packets.Where(f => f[3] == media).ToArray();
        Assert.All(mine, f => Assert.Equal((group, name), (f[0] + f[1], f[4])));
        Assert.True(mine.Length >= 2, $"{media}: {mine.Length} packets");
        Assert.Equal(Enumerable.Repeat("0", mine.Length - 1).Append("1"), mine.Select(f => f[2]));
        return mine;
    }

    private static ChildProcess In(NetworkNamespace place, params string[] command) => ChildProcess.Start("ip", ["netns", "exec", place.Name, .. command]);

    private async Task<int> SentAsync() =>
        int.Parse(Regex.Match(await AdminAsync("/metrics"), @"sluice_sap_sent_packets_total (\d+)").Groups[1].ValueSpan);

    private async Task<string> AdminAsync(params string[] arguments)
    {
        await using var curl = In(_edge, ["curl", "-sS", "--max-time", "10", .. arguments[..^1], $"http://127.0.0.1:9090{arguments[^1]}"]);
        await curl.WaitForExitAsync(s_bound);
        return curl.Output.Tail(2000);
    }

    // One question to VLC's rc interface; nothing while it does not listen yet.
    private async Task<string> RemoteAsync(int port, string command)
    {
        await using var shell = In(_head, "bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{port} && echo {command} >&3 && timeout 1 cat <&3");
        await shell.WaitForExitAsync(s_bound);
        return shell.Output.Tail(200);
    }
}
