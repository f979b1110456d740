namespace Sluice.Wire.MpegTs;

/// <summary>
/// A datagram that holds whole transport packets and nothing else, as raw UDP and RFC 2250 §2 payloads do. Recognised by
/// the sync byte at every 188th place.
/// </summary>
public readonly ref struct TsDatagram
{
    /// <summary>Seven packets are what fits an Ethernet frame with IP, UDP and RTP headers.</summary>
    public const int UsualPackets = 7;

    private readonly ReadOnlySpan<byte> _bytes;

    private TsDatagram(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>1 or more.</summary>
    public int PacketCount => _bytes.Length / TsPacket.Size;

    /// <summary>False: empty, not a multiple of 188, or a sync byte is missing.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out TsDatagram datagram)
    {
        datagram = default;
        if (payload.Length == 0 || payload.Length % TsPacket.Size != 0)
            return false;
        for (int at = 0; at < payload.Length; at += TsPacket.Size)
        {
            if (payload[at] != TsPacket.SyncByte)
                return false;
        }
        datagram = new TsDatagram(payload);
        return true;
    }

    /// <summary>
    /// The packet at <paramref name="index"/>, 0 to <see cref="PacketCount"/> − 1. False for one whose adaptation field
    /// does not fit: one damaged packet does not spoil its six neighbours.
    /// </summary>
    public bool TryGetPacket(int index, out TsPacket packet) => TsPacket.TryParse(_bytes[(index * TsPacket.Size)..], out packet);

    /// <summary>The first PCR of a PID in this datagram, with the index of its packet.</summary>
    public bool TryFindPcr(ushort pid, out long pcr27MHz, out int index)
    {
        for (index = 0; index < PacketCount; index++)
        {
            if (TryGetPacket(index, out var packet) && packet.Pid == pid && packet.TryGetPcr(out pcr27MHz))
                return true;
        }
        pcr27MHz = 0;
        return false;
    }
}
