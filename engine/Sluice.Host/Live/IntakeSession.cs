using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Host.Live;

/// <summary>
/// What one sender of several tracks holds while it sends: a receiver a track, each fed by <see cref="Offer"/> (interleaved) or by a UDP
/// port pair of its own. Packets go the way of a datagram whichever it is. Used by one task at a time.
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
    private bool _isOver;

    public IntakeSession(LiveEngine engine, SessionIntake intake, PacketInlet inlet, IPEndPoint peer, IReadOnlyList<MediaDescription> tracks)
    {
        (_engine, _intake, _inlet, _tracks) = (engine, intake, inlet, tracks);
        _peer = DatagramAddress.From(peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address, peer.Port);
        _ports = new TrackPort?[tracks.Count];
    }

    /// <summary>Tracks that are taken.</summary>
    public int TrackCount => _tracks.Count;

    public IReadOnlyList<MediaDescription> Tracks => _tracks;

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

    /// <summary>The track is heard from now on, from its sender's first packet, over UDP.</summary>
    /// <param name="track">From 0.</param>
    /// <param name="port">The only port that its packets come from; 0 = any of the sender's.</param>
    public void Listen(int track, ushort port) => Bind(track, _peer.WithPort(port));

    /// <summary>The track is heard from now on, by <see cref="Offer"/>.</summary>
    public void ListenInterleaved(int track) => Bind(track, in _peer);

    /// <summary>The track is not heard until the next of the two above.</summary>
    public void Mute(int track) => Order(() => _inlet.TryClose(_intake.Source.First + track));

    /// <summary>Whether the next interleaved packet will fit.</summary>
    public bool HasRoom => _inlet.HasRoom;

    /// <summary>An RTP packet that came interleaved. One that finds no room is lost and counted, as in a full socket.</summary>
    public void Offer(int track, ReadOnlySpan<byte> packet, MonotonicTime arrival) => _inlet.TryOffer(_intake.Source.First + track, in _peer, packet, arrival);

    /// <summary>When the last packet of any track came, ns; 0 before the first of the source's life.</summary>
    public long LastPacketNs => _intake.Source.LastPacketNs(_engine.Core);

    /// <summary>Nobody is heard any more, and another session may begin.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "ports are disposed here")]
    public void Dispose()
    {
        if (_isOver)
            return;
        _isOver = true;
        for (var track = 0; track < _tracks.Count; track++)
        {
            var source = _intake.Source.First + track;
            Order(() => _inlet.TryClose(source));
            if (_ports[track] is not { } port)
                continue;
            _engine.Sources.TakeAway(source);
            port.Dispose();
        }
        _intake.End(this);
    }

    private void Bind(int track, in DatagramAddress from)
    {
        var (source, peer, payloadType) = (_intake.Source.First + track, from, _tracks[track].PayloadType);
        Order(() => _inlet.TryBind(source, in peer, payloadType));
    }

    private static void Order(Func<bool> order)
    {
        for (var tries = 0; !order() && tries < OrderTriesMax; tries++)
            Thread.Yield();
    }
}
