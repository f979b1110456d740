using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Control.Configuration;
using Sluice.Control.Rtsp;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Host.Live;
using Sluice.Linux;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;

namespace Sluice.Tests.Host.Live;

/// <summary>Outputs of a real engine that say which track of a channel they carry, before and after a session says what the tracks are.</summary>
public sealed class OutputTrackTests : IAsyncDisposable
{
    private static readonly MediaDescription s_picture = new(MediaKind.Video, 96, "H264", 90_000);
    private static readonly MediaDescription s_sound = new(MediaKind.Audio, 97, "opus", 48_000, 2);
    private static readonly IPEndPoint s_peer = new(IPAddress.Loopback, 554);

    private readonly int[] _ports = FreePorts.Pairs(8);
    private readonly LiveEngine _engine;

    public OutputTrackTests()
    {
        var parsed = ConfigParser.Parse($$"""
            {
              "sap": { "interval": "60s" },
              "store": { "path": "{{TestFolder.NewFile("store")}}", "size": "128MiB" },
              "channels": {
                "door": { "sources": [ "publish" ], "delay": { "range": "500ms" },
                  "outputs": [ "rtp://127.0.0.1:{{_ports[0]}}", "rtp://127.0.0.1:{{_ports[1]}}?track=1&dscp=46" ] },
                "stage": { "sources": [ "publish" ],
                  "outputs": [ "rtp://239.77.6.1:{{_ports[0]}}?iface=lo&track=1", "rtp://239.77.6.1:{{_ports[1]}}?iface=lo" ] },
                "plain": { "sources": [ "rtp://127.0.0.1:{{FreePorts.Pair()}}" ] },
              },
            }
            """);
        _engine = new LiveEngine(parsed.Config!, new NoPump(), NullLoggerFactory.Instance);
        _engine.Start();
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private LiveClient[] Clients => [.. _engine.Clients.All.Where(client => client.Channel.Name == "door").OrderBy(client => client.Id)];

    [Fact]
    public void AnOutputIsOnItsTracksFeedBeforeAnybodyKnowsWhatTheTrackIs()
    {
        Assert.Equal([0, 1], Clients.Select(client => client.Track.Number));
        Assert.Equal(_engine.Channels[0].Tracks.Select(track => track.Feed), Clients.Select(client => client.Spec.Feed));
        Assert.All(Status(), status => Assert.Null(status.Media));
        using var session = _engine.Intakes[0].TryBegin(s_peer, [s_picture, s_sound], out _);
        Assert.Equal([(0, "H264/90000"), (1, "opus/48000")], Status().Select(status => (status.Track, status.Media!)));
    }

    [Fact]
    public void OneDescriptionHasTheTracksThatGoToOneHostAndOnlyThoseThatAreKnown()
    {
        Assert.Null(Describe(_ports[0]));
        using (_engine.Intakes[0].TryBegin(s_peer, [s_picture], out _))
        {
            Assert.Equal([$"m=video {_ports[0]} RTP/AVP 96"], Sections(_ports[0]));
            Assert.Equal([$"m=video {_ports[0]} RTP/AVP 96"], Sections(_ports[1]));
        }
        using var session = _engine.Intakes[0].TryBegin(s_peer, [s_picture, s_sound], out _);
        string[] both = [$"m=video {_ports[0]} RTP/AVP 96", $"m=audio {_ports[1]} RTP/AVP 97"];
        Assert.Equal(both, Sections(_ports[0]));
        Assert.Equal(Describe(_ports[0]), Describe(_ports[1]));
        var before = Origin(_ports[1]);
        _engine.RemoveClient(Clients[0].Id);
        Assert.Equal([$"m=audio {_ports[1]} RTP/AVP 97"], Sections(_ports[1]));
        // The same session, of a higher version.
        Assert.Equal(before[..2], Origin(_ports[1])[..2]);
        Assert.True(ulong.Parse(Origin(_ports[1])[2]) > ulong.Parse(before[2]));
    }

    [Fact]
    public async Task AGroupsTracksAreOneSessionForAnnouncementsAndATrackEachForPlayers()
    {
        using var session = _engine.Intakes[1].TryBegin(s_peer, [s_picture, s_sound], out _);
        await Eventually.TrueAsync("an announcement", TimeSpan.FromSeconds(20), () => _engine.Sap!.Status.SentPackets > 0);
        Assert.Equal(1, _engine.Sap!.Status.Sessions);
        var text = _engine.SessionDescription("stage", null)!;
        Assert.Contains("c=IN IP4 239.77.6.1/1\r\n", text, StringComparison.Ordinal);
        Assert.Equal([$"m=video {_ports[1]} RTP/AVP 96", $"m=audio {_ports[0]} RTP/AVP 97"], SectionsOf(text));
        var admission = new LiveAdmission(_engine, null!);
        var ports = Enumerable.Range(0, 2).Select(track => (int)admission.FindGroup(_engine.Channels[1].Description, track, IPAddress.Loopback)!.Ports.Rtp);
        Assert.Equal([_ports[1], _ports[0]], ports);
    }

    [Fact]
    public void TracksThatGoToOneHostHaveOneDelayAndAnotherPairItsOwn()
    {
        foreach (var (port, track) in new[] { (_ports[2], 0), (_ports[3], 1), (_ports[4], 1) })
            Assert.True(Add($"rtp://127.0.0.1:{port}?track={track}").IsAdded);
        Assert.Equal([0, 0, 1, 1, 2], Places(client => (client.Bundle, client.Spec.DelayNs)));
        // What has a delay of its own keeps it, and another host, group or time is another bundle.
        Assert.True(Add($"rtp://127.0.0.1:{_ports[5]}?track=0&delay=7ms").IsAdded);
        Assert.Equal((Clients[4].Bundle, 7_000_000), (Clients[5].Bundle, Clients[5].Spec.DelayNs));
        foreach (var url in new[] { $"rtp://127.0.0.1:{_ports[6]}", $"rtp://127.0.0.2:{_ports[6]}?track=1", $"rtp://127.0.0.1:{_ports[7]}?track=1&offset=2s" })
            Assert.True(Add(url).IsAdded);
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 4, 5], Places(client => client.Bundle));
    }

    [Fact]
    public async Task AnOffsetReadsEachTracksOwnLogAndLearnsItsClock()
    {
        foreach (var track in new[] { 0, 1, 1 })
            Assert.True(Add($"rtp://127.0.0.1:{_ports[track + 1 + Clients.Length]}?track={track}&offset=2s").IsAdded);
        Assert.Equal([0, 1], _engine.Replays.Offsets.Select(one => one.Track.Number));
        var sound = _engine.Replays.Offsets[1].Ticket.Feed;
        Assert.Equal([sound, sound], Clients[3..].Select(client => client.Spec.Feed));
        using var session = _engine.Intakes[0].TryBegin(s_peer, [s_picture, s_sound], out _);
        var at = SystemClock.Now;
        await Eventually.TrueAsync("the clock of the sound", TimeSpan.FromSeconds(10), () =>
            _engine.Core.RtpTimeAt(sound, at + 1_000_000_000) - _engine.Core.RtpTimeAt(sound, at) is 48_000);
        Clients[3..].ToList().ForEach(client => _engine.RemoveClient(client.Id));
        Assert.Equal([0], _engine.Replays.Offsets.Select(one => one.Track.Number));
    }

    [Theory]
    [InlineData("door", 2, "there is no track 2: the channel has up to 2 tracks, 0 to 1")]
    [InlineData("plain", 1, "there is no track 1: the channel has one track, 0")]
    public void ATrackThatTheChannelCannotHaveIsRefused(string channel, int track, string reason)
    {
        var result = Add($"rtp://127.0.0.1:{_ports[2]}?track={track}", channel);
        Assert.Equal((AddOutputRefusal.Unusable, reason), (result.Refusal, result.Reason));
        Assert.Equal(2, Clients.Length);
    }

    private AddOutputResult Add(string url, string channel = "door") =>
        _engine.AddOutput(channel, ConfigParser.ParseOutput(System.Text.Encoding.UTF8.GetBytes($"\"{url}\""), 1_000_000_000).Output!);

    private IReadOnlyList<ClientStatus> Status() => ((IEngineStatus)_engine).Clients("door")!;

    // Which clients are alike, as numbers in the order in which they first come.
    private IEnumerable<int> Places<T>(Func<LiveClient, T> of)
    {
        var known = Clients.Select(of).Distinct().ToList();
        return Clients.Select(client => known.IndexOf(of(client)));
    }

    private string? Describe(int port) => _engine.SessionDescription("door", $"rtp://127.0.0.1:{port}");

    private string[] Sections(int port) => SectionsOf(Describe(port)!);

    private static string[] SectionsOf(string text) => [.. text.Split("\r\n").Where(line => line.StartsWith("m=", StringComparison.Ordinal))];

    private string[] Origin(int port) => Describe(port)!.Split("\r\n")[1].Split(' ');

    private sealed class NoPump : IFramePump
    {
        public void OnFramesReady() { }
    }
}
