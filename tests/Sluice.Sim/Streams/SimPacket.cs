namespace Sluice.Sim;

/// <summary>What a link made of a datagram: each kind must be refused by ingest, and counted.</summary>
public enum Garbage : byte
{
    None,
    Truncated,
    WrongVersion,
    WrongPayloadType,
    ForeignSender,
    ForeignSsrc,
}

/// <summary>One packet of a simulated source: facts only, its bytes are written when a socket delivers it.</summary>
public struct SimPacket
{
    public long Id, SentNs, ArrivalNs, Pcr;
    public int Source, Epoch;
    public uint Timestamp, Ssrc;
    public ushort Sequence;
    public byte TsPackets;
    public bool Marker, HasExtension, IsRaw, IsAccess;

    /// <summary>Continuity counter of the PAT and the PMT in it, −1 when it has none.</summary>
    public sbyte Tables;
    public Garbage Garbage;
}

/// <summary>Packets on the links: a pool with a free list, so that events carry an index.</summary>
public sealed class PacketPool
{
    private SimPacket[] _packets = new SimPacket[256];
    private int[] _free = new int[256];
    private int _freeCount, _used;

    public int Put(in SimPacket packet)
    {
        if (_freeCount == 0 && _used == _packets.Length)
        {
            Array.Resize(ref _packets, 2 * _used);
            Array.Resize(ref _free, 2 * _used);
        }
        var index = _freeCount > 0 ? _free[--_freeCount] : _used++;
        _packets[index] = packet;
        return index;
    }

    public SimPacket Take(int index)
    {
        _free[_freeCount++] = index;
        return _packets[index];
    }
}
