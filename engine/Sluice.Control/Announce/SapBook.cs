using System.Net;
using Sluice.Wire.Sap;

namespace Sluice.Control.Announce;

/// <summary>Where announcements go and come from: one network and one scope of it, which has its own bandwidth.</summary>
/// <param name="Group">See <see cref="SapScope"/>.</param>
/// <param name="Interface">Device; null = the routing table's choice.</param>
/// <param name="From">The origin that is named in the packet.</param>
public sealed record SapPlace(IPAddress Group, string? Interface, IPAddress From);

/// <summary>One session to be announced: its client's id, where, and its description.</summary>
public readonly record struct SapSession(ulong Client, SapPlace Place, byte[] Sdp);

/// <summary>One packet to send now.</summary>
public readonly record struct SapSending(SapPlace Place, byte[] Packet, bool IsDeletion, bool IsFirst, ulong Client);

/// <summary>
/// Every session that is announced, and which packet is due: announcements by <see cref="SapSchedule"/>, a deletion for what has
/// gone (RFC 2974 §4). No socket, no clock. One thread at a time.
/// </summary>
public sealed class SapBook(long intervalMinNs, ulong seed)
{
    private sealed class Entry
    {
        public required SapPlace Place;
        public required byte[] Sdp;
        public required long DueNs;
        public byte[] Packet = [];
        public int Sent;
    }

    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly Dictionary<SapPlace, SapSchedule> _schedules = [];
    private readonly Queue<SapSending> _deletions = [];

    /// <summary>Sessions that are announced now.</summary>
    public int Count => _entries.Count;

    /// <summary>Takes note of what is there now: what is new or changed is due at once, what is missing is deleted.</summary>
    public void Update(IReadOnlyList<SapSession> sessions, long nowNs)
    {
        var present = sessions.Select(session => session.Client).ToHashSet();
        foreach (var client in _entries.Keys.Where(client => !present.Contains(client)).ToList())
            Delete(client);
        foreach (var session in sessions)
        {
            // Another place is another announcement: the old one must be deleted where it was heard.
            if (_entries.TryGetValue(session.Client, out var entry) && entry.Place != session.Place)
                Delete(session.Client);
            else if (entry is not null && entry.Sdp.AsSpan().SequenceEqual(session.Sdp))
                continue;
            _entries[session.Client] = new Entry
            {
                Place = session.Place, Sdp = session.Sdp, DueNs = nowNs, Packet = Packet(session.Place, session.Sdp, isDeletion: false),
            };
        }
    }

    /// <summary>The next packet that is due, deletions first; false when there is none or its scope has no bandwidth left.</summary>
    public bool TryTake(long nowNs, out SapSending sending)
    {
        if (_deletions.TryDequeue(out sending))
        {
            ScheduleOf(sending.Place).OnSent(sending.Packet.Length, nowNs);
            return true;
        }
        foreach (var (client, entry) in _entries.OrderBy(pair => pair.Value.DueNs))
        {
            if (entry.DueNs > nowNs || !ScheduleOf(entry.Place).HasRoom(nowNs))
                continue;
            sending = new SapSending(entry.Place, entry.Packet, IsDeletion: false, IsFirst: entry.Sent == 0, client);
            OnTaken(entry, nowNs);
            return true;
        }
        return false;
    }

    private void OnTaken(Entry entry, long nowNs)
    {
        var schedule = ScheduleOf(entry.Place);
        schedule.OnSent(entry.Packet.Length, nowNs);
        var all = _entries.Values.Where(other => other.Place == entry.Place).Sum(other => (long)other.Packet.Length);
        entry.DueNs = schedule.NextNs(++entry.Sent, all, nowNs);
    }

    // What was never announced needs no deletion.
    private void Delete(ulong client)
    {
        _entries.Remove(client, out var entry);
        if (entry!.Sent > 0)
            _deletions.Enqueue(new SapSending(entry.Place, Packet(entry.Place, entry.Sdp, isDeletion: true), IsDeletion: true, IsFirst: false, client));
    }

    private SapSchedule ScheduleOf(SapPlace place) =>
        _schedules.TryGetValue(place, out var schedule) ? schedule : _schedules[place] = new SapSchedule(intervalMinNs, seed + (ulong)_schedules.Count);

    // The hash of a deletion is that of the announcement it ends (RFC 2974 §6).
    private static byte[] Packet(SapPlace place, byte[] sdp, bool isDeletion)
    {
        var packet = new byte[SapPacket.SizeWith(place.From, sdp)];
        SapPacket.Write(packet, isDeletion, SapPacket.MessageIdOf(sdp), place.From, sdp);
        return packet;
    }
}
