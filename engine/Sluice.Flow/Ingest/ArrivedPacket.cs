namespace Sluice.Flow;

/// <summary>Facts about an arrived packet that are not in its header.</summary>
[Flags]
public enum PacketFlags : byte
{
    None = 0,

    /// <summary>The source began anew (restart, new SSRC): sequence and timestamp have no relation to what came before.</summary>
    NewEpoch = 1,

    /// <summary>A bare MPEG-TS datagram: there is no RTP header in the slot.</summary>
    Raw = 2,
}

/// <summary>
/// One validated packet on its way from ingest to stamp. "Body" is everything after the 12-byte RTP header (CSRC list,
/// extension, payload, padding): what every client gets unchanged behind its own header. "Payload" is the media alone,
/// which raw outputs and the store get.
/// </summary>
public struct ArrivedPacket
{
    public long ArrivalNs;
    public long ExtendedSequence;
    public int Slot;
    public int Source;
    public uint RtpTimestamp;
    public ushort BodyOffset, BodyLength, PayloadOffset, PayloadLength;
    public byte FirstByte, MarkerAndPayloadType;
    public PacketFlags Flags;
}
