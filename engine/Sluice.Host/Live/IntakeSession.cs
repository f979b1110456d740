using System.Net;
using System.Security.Cryptography;
using System.Text;
using Sluice.Control.Reports;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Host.Live;

/// <summary>
/// What one sender of several tracks holds while it sends: a receiver a track, each fed by <see cref="Offer"/> (interleaved) or by a UDP
/// port pair of its own. Packets go the way of a datagram whichever it is. Used by one task at a time; reports over UDP come on others.
/// </summary>
internal sealed class IntakeSession : IDisposable
{
    /// <summary>Ingest empties its ring within milliseconds; a pass that takes longer than so many turns is a stall, and its orders are lost.</summary>
    private const int OrderTriesMax = 10_000;

    private readonly LiveEngine _engine;
    private readonly SessionIntake _intake;
    private readonly PacketInlet _inlet;
    private readonly DatagramAddress _peer;
    private readonly IReadOnlyList<MediaDescription> _tracks;
    private readonly TrackPort?[] _ports;
    private readonly Lock _lock = new();            // over the reports
    private readonly TrackReports[] _reports;
    private readonly TrackAlignment _alignment;
    private bool _isOver;

    public IntakeSession(LiveEngine engine, SessionIntake intake, PacketInlet inlet, IPEndPoint peer, IReadOnlyList<MediaDescription> tracks)
    {
        (_engine, _intake, _inlet, _tracks) = (engine, intake, inlet, tracks);
        _peer = DatagramAddress.From(peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address, peer.Port);
        _ports = new TrackPort?[tracks.Count];
        var cname = Encoding.ASCII.GetBytes(engine.Core.Plan.Cname);
        _reports = [.. tracks.Select(_ => new TrackReports(RandomUInt32(), cname, RandomUInt32()))];
        _alignment = new TrackAlignment(engine.Core, [.. intake.Channel.Tracks.Take(tracks.Count).Select(track => track.Feed)]);
    }

    public IReadOnlyList<MediaDescription> Tracks => _tracks;

    /// <summary>Any of its tracks goes over UDP.</summary>
    public bool IsUdp => _ports.Any(port => port is not null);

    /// <summary>When the last packet of any track came, ns; 0 before the first of the source's life.</summary>
    public long LastPacketNs => _intake.Source.LastPacketNs(_engine.Core);

    /// <summary>A track's sender has said that it goes.</summary>
    public bool SaidBye
    {
        get
        {
            lock (_lock)
                return _reports.Any(reports => reports.SaidBye);
        }
    }

    /// <summary>Opens a port pair for a track, for packets over UDP; they are heard from <see cref="Listen"/> on.</summary>
    public bool TryOpenPorts(int track, out PortPair ports, out string reason)
    {
        ports = default;
        _ports[track]?.Dispose();
        if ((_ports[track] = TrackPort.TryOpen(_peer.IsIPv6, out var rtp, out reason)) is not { } port)
            return false;
        ports = port.Ports;
        if (_engine.Sources.TryGive(_intake.Source.First + track, rtp))
            return true;
        reason = "the engine is too busy to take another socket now";
        return false;
    }

    /// <summary>Packets of the track come over TCP after all: its port pair is given back.</summary>
    public void ClosePorts(int track)
    {
        if (_ports[track] is not { } port)
            return;
        _engine.Sources.TakeAway(_intake.Source.First + track);
        port.Dispose();
        _ports[track] = null;
    }

    /// <summary>The track is heard from now on, from its sender's first packet, over UDP.</summary>
    /// <param name="track">From 0.</param>
    /// <param name="from">The only ports that its packets and reports come from; 0 = any of the sender's.</param>
    public void Listen(int track, PortPair from)
    {
        Bind(track, _peer.WithPort(from.Rtp));
        _ports[track]!.Read(_peer.WithPort(from.Rtcp), (bytes, now) => OfferReport(track, bytes, now));
    }

    /// <summary>The track is heard from now on, by <see cref="Offer"/>.</summary>
    public void ListenInterleaved(int track) => Bind(track, in _peer);

    /// <summary>The track is not heard until the next of the two above.</summary>
    public void Mute(int track) => Order(() => _inlet.TryClose(_intake.Source.First + track));

    /// <summary>Whether the next interleaved packet will fit.</summary>
    public bool HasRoom => _inlet.HasRoom;

    /// <summary>
    /// Sends a packet without content from the track's ports to its sender's: address translators and firewalls between let answers in only
    /// (what RFC 6263 does to keep them open).
    /// </summary>
    public void Knock(int track, PortPair to) => _ports[track]?.Knock(_peer.WithPort(to.Rtp), _tracks[track].PayloadType);

    /// <summary>The sender has been told to send: reports are due from now on.</summary>
    public void Start(MonotonicTime now)
    {
        lock (_lock)
            foreach (var reports in _reports)
                reports.Start(now);
    }

    /// <summary>An RTP packet that came interleaved. One that finds no room is lost and counted, as in a full socket.</summary>
    public void Offer(int track, ReadOnlySpan<byte> packet, MonotonicTime arrival) => _inlet.TryOffer(_intake.Source.First + track, in _peer, packet, arrival);

    /// <summary>An RTCP compound that came interleaved.</summary>
    public void OfferReport(int track, ReadOnlySpan<byte> compound, MonotonicTime now)
    {
        lock (_lock)
        {
            var reports = _reports[track];
            var before = reports.Last;
            if (reports.Receive(compound, Reception(track).Ssrc, now) && reports.Last is { } report && report != before)
                _alignment.Note(track, in report, now);
        }
    }

    /// <summary>
    /// Asked a few times a second: makes the track's report when it is due. Over UDP it is sent at once; for an interleaved track its length
    /// is returned, 0 when there is none. The buffer holds <see cref="TrackReports.BytesMax"/> bytes.
    /// </summary>
    public int TakeReport(int track, Span<byte> target, MonotonicTime now, bool leaving = false)
    {
        var length = 0;
        lock (_lock)
            if (leaving || _reports[track].NextDeadline <= now)
                length = _reports[track].Write(target, Reception(track), now, leaving);
        if (length == 0 || _ports[track] is not { } port)
            return length;
        port.Send(target[..length]);
        return 0;
    }

    /// <summary>Nobody is heard any more, and another session may begin.</summary>
    public void Dispose()
    {
        if (_isOver)
            return;
        _isOver = true;
        for (var track = 0; track < _tracks.Count; track++)
        {
            var source = _intake.Source.First + track;
            Order(() => _inlet.TryClose(source));
            ClosePorts(track);
        }
        _intake.End(this);
    }

    private ReceptionCounters Reception(int track) => _engine.Core.Reception(_intake.Source.First + track);

    private void Bind(int track, in DatagramAddress from)
    {
        var (source, peer, media) = (_intake.Source.First + track, from, _tracks[track]);
        Order(() => _inlet.TryBind(source, in peer, media.PayloadType, media.ClockRate));
    }

    private static void Order(Func<bool> order)
    {
        for (var tries = 0; !order() && tries < OrderTriesMax; tries++)
            Thread.Yield();
    }

    // RFC 3550 §8.1.
    private static uint RandomUInt32() => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
}
