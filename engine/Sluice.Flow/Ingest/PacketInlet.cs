using System.Runtime.InteropServices;
using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>What an entry of a <see cref="PacketInlet"/> is.</summary>
internal enum InletEntryKind : byte
{
    /// <summary>A packet that came over a stream connection.</summary>
    Packet,

    /// <summary>From here on the source listens to another peer, and begins anew.</summary>
    Bind,

    /// <summary>From here on the source listens to nobody.</summary>
    Close,
}

/// <summary>The head of one entry; a packet's bytes follow it.</summary>
internal struct InletEntry
{
    public long ArrivalNs;
    public DatagramAddress Peer;
    public int Source;
    public int PayloadType;
    public int ClockRate;
    public ushort Length;
    public InletEntryKind Kind;
}

/// <summary>
/// How the control plane speaks to the ingest loop about the sources of one connection: packets that came over TCP (RFC 2326 §10.12),
/// and whom the sources listen to. One byte ring, so that both come in the order in which they were said. One producer at a time
/// (the task that has the connection), the ingest thread consumes. A full ring refuses a packet, as a full socket does.
/// </summary>
public sealed class PacketInlet
{
    private static readonly int s_entryBytes = MemoryMarshal.AsBytes(new InletEntry[1].AsSpan()).Length;

    private readonly FrameRing _ring;
    private readonly LoopGate _ingestGate;
    private long _full;

    internal PacketInlet(int capacityBytes, LoopGate ingestGate) => (_ring, _ingestGate) = (new FrameRing(capacityBytes), ingestGate);

    /// <summary>Packets that did not fit because ingest was too far behind. Any thread.</summary>
    public long Full => Volatile.Read(ref _full);

    /// <summary>Producer: whether the next packet will fit, however long it is. A connection that heeds this loses nothing here.</summary>
    public bool HasRoom => _ring.HasRoomFor(s_entryBytes + ushort.MaxValue);

    internal bool HasInput => _ring.Count > 0;

    /// <summary>Producer: a packet for a source, as it would have come in a datagram from this peer. False when there is no room.</summary>
    public bool TryOffer(int source, in DatagramAddress peer, ReadOnlySpan<byte> packet, MonotonicTime arrival)
    {
        var entry = new InletEntry { ArrivalNs = arrival.Ns, Peer = peer, Source = source, Length = (ushort)packet.Length };
        if (packet.Length <= ushort.MaxValue && TryWrite(in entry, packet))
            return true;
        Volatile.Write(ref _full, _full + 1);
        return false;
    }

    /// <summary>
    /// Producer: the source listens to this peer from now on, to any of its ports when the port is 0, for this payload type, and takes
    /// its first packet for a beginning. With a clock rate it also keeps what a receiver report says (<see cref="ReceptionCounters"/>).
    /// False when there is no room: say it again.
    /// </summary>
    public bool TryBind(int source, in DatagramAddress peer, int payloadType, int clockRate = 0) =>
        TryWrite(new InletEntry { Kind = InletEntryKind.Bind, Peer = peer, Source = source, PayloadType = payloadType, ClockRate = clockRate }, default);

    /// <summary>Producer: the source listens to nobody from now on. False when there is no room: say it again.</summary>
    public bool TryClose(int source) => TryWrite(new InletEntry { Kind = InletEntryKind.Close, Source = source }, default);

    /// <summary>Consumer: looks at the oldest entry; its packet's bytes are read or skipped with <see cref="Take"/>.</summary>
    internal bool TryPeek(out InletEntry entry)
    {
        entry = default;
        return _ring.TryCopy(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref entry, 1)), 0);
    }

    /// <summary>Consumer: done with the entry that <see cref="TryPeek"/> showed; as much of its packet as fits is copied out.</summary>
    internal void Take(in InletEntry entry, Span<byte> target)
    {
        _ring.TryCopy(target[..Math.Min(target.Length, entry.Length)], s_entryBytes);
        _ring.Advance(s_entryBytes + entry.Length);
    }

    private bool TryWrite(in InletEntry entry, ReadOnlySpan<byte> packet)
    {
        var written = _ring.TryWrite(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in entry, 1)), default, packet);
        _ingestGate.Notify();
        return written;
    }
}
