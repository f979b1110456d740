using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Control.Configuration;
using Sluice.Control.Rtsp;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Host.Live;
using Sluice.Linux;
using Sluice.Store;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Wire.Rtcp;
using Sluice.Wire.Rtsp.Headers;
using static Sluice.Tests.Flow.Ingest.SourceUnderTest;

namespace Sluice.Tests.Host.Live;

/// <summary>A session of several tracks into a channel of a real engine, without a connection around it: what pulling and publishing share.</summary>
public sealed class SessionIntakeTests : IAsyncDisposable
{
    private static readonly MediaDescription s_picture = new(MediaKind.Video, 96, "H264", 90_000, FormatParameters: "packetization-mode=1");
    private static readonly MediaDescription s_sound = new(MediaKind.Audio, 97, "opus", 48_000, 2);
    private static readonly IPEndPoint s_peer = new(IPAddress.Loopback, 554);
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(10);

    private readonly string _store = TestFolder.NewFile("store");
    private readonly LiveEngine _engine;

    public SessionIntakeTests()
    {
        var parsed = ConfigParser.Parse($$"""
            {
              "store": { "path": "{{_store}}", "size": "128MiB" },
              "channels": {
                "door": { "sources": [ "publish", "rtsp://127.0.0.1:{{FreePorts.One()}}/door" ], "reorder": 0 },
                "plain": { "sources": [ "rtp://127.0.0.1:{{FreePorts.One()}}" ] },
              },
            }
            """);
        _engine = new LiveEngine(parsed.Config!, new NoPump(), NullLoggerFactory.Instance);
        _engine.Start();
    }

    private LiveChannel Channel => _engine.Channels[0];
    private SessionIntake Intake => _engine.Intakes[0];

    private SessionStatus Session => _engine.Snapshot().Channels[0].Sources[0].Session!;

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public void AChannelIsOfflineUntilASessionSaysWhatItBrings()
    {
        Assert.Equal((2, 2), (_engine.Intakes.Count, Intake.TracksMax));
        Assert.False(Channel.Description.IsOnline);
        Assert.Empty(Channel.Description.Tracks);
        Assert.Null(_engine.SessionDescription("door", null));
        Assert.Equal("", _engine.Snapshot().Channels[0].Media);
        Assert.True(_engine.Channels[1].Description.IsOnline);

        Assert.Equal(SessionState.Idle, Session.State);
        using var session = Intake.TryBegin(s_peer, [s_picture, s_sound, s_sound], out _);
        Assert.Equal((SessionState.Playing, "tcp", 2, 1), (Session.State, Session.Transport, Session.Tracks, Session.Begun));
        Assert.Equal([s_picture, s_sound], Channel.Description.Tracks);
        Assert.Contains("m=audio 0 RTP/AVP 97", _engine.SessionDescription("door", null), StringComparison.Ordinal);
        Assert.Equal("H264/90000 + opus/48000", _engine.Snapshot().Channels[0].Media);
    }

    [Fact]
    public async Task InterleavedPacketsOfEachTrackReachItsFeed()
    {
        using var session = Intake.TryBegin(s_peer, [s_picture, s_sound], out _)!;
        session.ListenInterleaved(0);
        session.ListenInterleaved(1);
        for (var i = 0; i < 20; i++)
            for (var track = 0; track < 2; track++)
                session.Offer(track, RtpBytes(i, payloadType: (byte)(96 + track), ssrc: (uint)(7 + track)), SystemClock.Now);
        await FedAsync(19, 19);
        Assert.Equal(38, _engine.Snapshot().Channels[0].Sources[0].Packets);
    }

    [Fact]
    public async Task TheStoreSaysWhatTheFirstTrackCarries()
    {
        using var session = Intake.TryBegin(s_peer, [s_picture, s_sound], out _)!;
        session.ListenInterleaved(0);
        for (var i = 0; i < 20; i++)
            session.Offer(0, RtpBytes(i, payloadType: 96, ssrc: 7), SystemClock.Now);
        await Eventually.TrueAsync("records of the picture", s_bound, () => Kept().Any(segment => segment.Range.Records > 0));
        Assert.Equal(["H264"], Kept().Where(segment => segment.Range.Records > 0).Select(segment => segment.Media.Encoding).Distinct());
    }

    private IEnumerable<SegmentReport> Kept() => StoreInspection.Segments(Path.Combine(_store, "door"), isThorough: false, _ => { }, default);

    [Fact]
    public async Task DatagramsToTheTracksPortsReachItsFeedFromThatSenderOnly()
    {
        using var session = Intake.TryBegin(s_peer, [s_picture, s_sound], out _)!;
        using var camera = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var stranger = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        for (var track = 0; track < 2; track++)
        {
            Assert.True(session.TryOpenPorts(track, out var ports, out var reason), reason);
            Assert.Equal((0, 1), (ports.Rtp % 2, ports.Rtcp - ports.Rtp));
            session.Listen(track, new PortPair((ushort)((IPEndPoint)camera.Client.LocalEndPoint!).Port, 0));
            for (var i = 0; i < 20; i++)
            {
                await camera.SendAsync(RtpBytes(i, payloadType: (byte)(96 + track)), new IPEndPoint(IPAddress.Loopback, ports.Rtp));
                await stranger.SendAsync(RtpBytes(i, payloadType: (byte)(96 + track), ssrc: 9), new IPEndPoint(IPAddress.Loopback, ports.Rtp));
            }
        }
        await FedAsync(19, 19);
        await Eventually.TrueAsync("the stranger is refused", s_bound, () => _engine.Snapshot().Channels[0].Sources[0].ForeignSender == 40);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(-120)]
    [InlineData(5_000)]        // no network and no encoder does that: their clocks are not one
    public async Task SoundThatComesLaterThanItsPictureIsPutBesideItByTheSendersReports(int laterMs)
    {
        const long StepNs = 20_000_000;
        using var session = Intake.TryBegin(s_peer, [s_picture, s_sound], out _)!;
        var start = SystemClock.Now;
        // Both clocks begin with zero at one instant of the sender's.
        for (var i = 0; i < 50; i++)
        {
            Offer(session, 0, i, 90, i * 20L, start + i * StepNs);
            Offer(session, 1, i, 48, i * 20L - laterMs, start + i * StepNs);
        }
        await FedAsync(49, 49);
        var ntp = NtpTime.FromUnixNs(1_700_000_000_000_000_000);
        session.OfferReport(0, Report(7, ntp, 90 * 1_000), SystemClock.Now);
        session.OfferReport(1, Report(8, ntp, 48 * 1_000), SystemClock.Now);
        var at = start + 40 * StepNs;
        var (picture, sound) = (_engine.Core.RtpTimeAt(Channel.Tracks[0].Feed, at) / 90, _engine.Core.RtpTimeAt(Channel.Tracks[1].Feed, at) / 48.0);
        Assert.Equal(picture - (laterMs > 2_000 ? laterMs : 0), sound > uint.MaxValue / 96.0 ? sound - (1L << 32) / 48.0 : sound, 3d);
    }

    private static void Offer(IntakeSession session, int track, int sequence, int ticksPerMs, long mediaMs, MonotonicTime arrival)
    {
        if (sequence == 0)
            session.ListenInterleaved(track);
        session.Offer(track, RtpBytes(sequence, payloadType: (byte)(96 + track), ssrc: (uint)(7 + track), timestamp: (uint)(mediaMs * ticksPerMs)), arrival);
    }

    private static byte[] Report(uint ssrc, NtpTime ntp, uint timestamp)
    {
        var bytes = new byte[100];
        return bytes[..RtcpCompoundWriter.Write(bytes, new SenderReport(ssrc, ntp, timestamp, 50, 1_000), "cam"u8)];
    }

    [Fact]
    public async Task OneSessionAtATimeAndTheNextBeginsWhereItEnds()
    {
        var first = Intake.TryBegin(s_peer, [s_picture, s_sound], out _)!;
        Assert.Null(Intake.TryBegin(s_peer, [s_picture], out var reason));
        Assert.Contains("already", reason, StringComparison.Ordinal);
        Assert.True(first.TryOpenPorts(0, out _, out _));
        first.Listen(0, default);
        first.Dispose();
        Assert.False(Intake.IsTaken);
        Assert.Equal(2, Channel.Description.Tracks.Count);      // players may stay: it may come back

        using var second = Intake.TryBegin(s_peer, [s_picture], out _)!;
        Assert.Equal([s_picture], Channel.Description.Tracks);
        second.ListenInterleaved(0);
        for (var i = 0; i < 5; i++)
            second.Offer(0, RtpBytes(i, payloadType: 96), SystemClock.Now);
        await FedAsync(4, 0);
    }

    [Fact]
    public async Task ASecondSourceMustBringTheSameStream()
    {
        using var first = Intake.TryBegin(s_peer, [s_picture], out _)!;
        first.ListenInterleaved(0);
        for (var i = 0; i < 5; i++)
            first.Offer(0, RtpBytes(i, payloadType: 96), SystemClock.Now);
        await FedAsync(4, 0);
        Assert.Null(_engine.Intakes[1].TryBegin(s_peer, [s_picture with { EncodingName = "H265" }], out var reason));
        Assert.Contains("another stream", reason, StringComparison.Ordinal);
        using var second = _engine.Intakes[1].TryBegin(s_peer, [s_picture with { FormatParameters = null }], out _);
        Assert.NotNull(second);
        Assert.Equal([s_picture], Channel.Description.Tracks);
    }

    private Task FedAsync(long picture, long sound) => Eventually.TrueAsync($"{picture} and {sound} packets in the feeds", s_bound, () =>
        _engine.Core.FeedCounters(Channel.Tracks[0].Feed).Packets == picture && _engine.Core.FeedCounters(Channel.Tracks[1].Feed).Packets == sound);

    private sealed class NoPump : IFramePump
    {
        public void OnFramesReady() { }
    }
}
