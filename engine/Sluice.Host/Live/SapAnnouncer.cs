using System.Security.Cryptography;
using Sluice.Control.Announce;
using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Linux;
using Sluice.Wire.Sap;
using Sluice.Wire.Sdp;

namespace Sluice.Host.Live;

/// <summary>
/// Announces the multicast RTP outputs (RFC 2974): looks once a second what is there, sends what is due, deletes what has gone.
/// Works at once on the housekeeping's thread; <see cref="Leave"/> may come from another.
/// </summary>
internal sealed class SapAnnouncer(LiveEngine engine, SapConfig config, ILogger log) : IDisposable
{
    /// <summary>RFC 2974 §3: what keeps announcements near is their group's scope.</summary>
    private const int Ttl = 255;

    private readonly Lock _lock = new();
    private readonly SapBook _book = new(config.IntervalNs, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
    private readonly Dictionary<SapPlace, DatagramSocket> _sockets = [];
    private bool _hasLeft;
    private long _packets, _errors;

    public SapStatus Status
    {
        get
        {
            lock (_lock)
                return new SapStatus { Sessions = _book.Count, SentPackets = _packets, Errors = _errors };
        }
    }

    /// <summary>Once a second.</summary>
    public void Tick(MonotonicTime now)
    {
        lock (_lock)
        {
            if (_hasLeft)
                return;
            var sessions = Sessions();
            _book.Update(sessions, now.Ns);
            SendDue(now);
            CloseAllBut(sessions.Select(session => session.Place).ToHashSet());
        }
    }

    /// <summary>Deletes every session: the engine stops.</summary>
    public void Leave(MonotonicTime now)
    {
        lock (_lock)
        {
            _hasLeft = true;
            _book.Update([], now.Ns);
            SendDue(now);
        }
    }

    public void Dispose()
    {
        foreach (var socket in _sockets.Values)
            socket.Dispose();
    }

    private List<SapSession> Sessions()
    {
        var sessions = new List<SapSession>();
        // Outputs that carry the tracks of a channel to one group are one session.
        foreach (var client in engine.Clients.All.Where(LiveDescriptions.IsAnnounceable).Where(client => client.Channel.Config.Sap.Enabled)
            .DistinctBy(client => client.Bundle))
        {
            // Of a stream that nobody has seen yet there is nothing to say.
            if (!client.Channel.IsKnown || !engine.Descriptions.TryDescribe(client, out var session, out var from))
                continue;
            var place = new SapPlace(SapScope.AnnouncementGroup(client.Spec.Address.ToIPAddress()), client.Egress.Interface, from);
            sessions.Add(new SapSession(client.Bundle!.Id, place, SdpWriter.ToBytes(session)));
        }
        return sessions;
    }

    private void SendDue(MonotonicTime now)
    {
        while (_book.TryTake(now.Ns, out var sending))
        {
            Send(sending);
            if (sending.IsDeletion)
                log.SapDeleted(sending.Client, sending.Place.Group.ToString());
            else if (sending.IsFirst)
                log.SapAnnounced(sending.Client, sending.Place.Group.ToString());
        }
    }

    // A socket whose device has gone sends nothing ever again: the next packet opens another.
    private void Send(in SapSending sending)
    {
        var sent = TrySocket(sending.Place, out var socket)
            ? socket.SendTo(DatagramAddress.From(sending.Place.Group, SapPacket.Port), sending.Packet) : -Errno.ENODEV;
        if (sent == sending.Packet.Length)
        {
            _packets++;
            return;
        }
        _errors++;
        if (_sockets.Remove(sending.Place, out var broken))
            broken.Dispose();
        log.SapNotSent(sending.Place.Group.ToString(), Errno.Name(-sent));
    }

    private void CloseAllBut(HashSet<SapPlace> used)
    {
        foreach (var place in _sockets.Keys.Where(place => !used.Contains(place)).ToList())
            if (_sockets.Remove(place, out var socket))
                socket.Dispose();
    }

    private bool TrySocket(SapPlace place, out DatagramSocket socket)
    {
        if (_sockets.TryGetValue(place, out socket))
            return true;
        var options = new DatagramSocketOptions
        {
            SourceAddress = place.From, MulticastInterface = place.Interface, MulticastTtl = Ttl, MulticastLoop = true, ReceiveTimestamps = false,
        };
        if (!DatagramSocket.TryOpen(options, out socket, out _))
            return false;
        _sockets.Add(place, socket);
        return true;
    }
}
