using System.Diagnostics;

namespace Sluice.Wire.MpegTs;

/// <summary>
/// The adaptation field of one packet seen in place, after its length byte (ISO/IEC 13818-1 §2.4.3.4). Optional parts
/// follow each other in a fixed order, so each is found by what stands before it; a part that does not fit is absent.
/// </summary>
public readonly ref struct TsAdaptationField
{
    /// <summary>Sync, PID, AFC/CC, length, flags: a PCR always stands at this byte of its packet.</summary>
    public const int PcrOffsetInPacket = 6;

    private readonly ReadOnlySpan<byte> _bytes;

    internal TsAdaptationField(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Bytes after the length byte, stuffing included; 0 is legal and means one byte of stuffing.</summary>
    public int Length => _bytes.Length;

    /// <summary>The clock or the continuity counters start anew here, and that is no error.</summary>
    public bool Discontinuity => (Flags & 0x80) != 0;

    /// <summary>A decoder may start at this packet.</summary>
    public bool RandomAccess => (Flags & 0x40) != 0;
    public bool ElementaryStreamPriority => (Flags & 0x20) != 0;
    public bool HasPcr => (Flags & PcrFlag) != 0 && PcrEnd <= _bytes.Length;
    public bool HasOpcr => (Flags & OpcrFlag) != 0 && OpcrEnd <= _bytes.Length;
    public bool HasSpliceCountdown => (Flags & SpliceFlag) != 0 && SpliceEnd <= _bytes.Length;

    private const byte PcrFlag = 0x10;
    private const byte OpcrFlag = 0x08;
    private const byte SpliceFlag = 0x04;
    private const byte PrivateDataFlag = 0x02;
    private const byte ExtensionFlag = 0x01;

    private byte Flags => _bytes.Length > 0 ? _bytes[0] : (byte)0;
    private int PcrEnd => (Flags & PcrFlag) != 0 ? 1 + TsClock.PcrSize : 1;
    private int OpcrEnd => PcrEnd + ((Flags & OpcrFlag) != 0 ? TsClock.PcrSize : 0);
    private int SpliceEnd => OpcrEnd + ((Flags & SpliceFlag) != 0 ? 1 : 0);

    /// <summary>Program clock reference, 27 MHz, 0 ≤ PCR &lt; 300 × 2³³ for any conforming sender.</summary>
    public bool TryGetPcr(out long pcr27MHz)
    {
        pcr27MHz = HasPcr ? TsClock.ReadPcr(_bytes[1..]) : 0;
        return HasPcr;
    }

    /// <summary>The PCR of the stream that this one was copied from, 27 MHz.</summary>
    public bool TryGetOpcr(out long opcr27MHz)
    {
        opcr27MHz = HasOpcr ? TsClock.ReadPcr(_bytes[PcrEnd..]) : 0;
        return HasOpcr;
    }

    /// <summary>Packets of this PID until the splice point; negative after it.</summary>
    public bool TryGetSpliceCountdown(out sbyte packets)
    {
        packets = HasSpliceCountdown ? (sbyte)_bytes[OpcrEnd] : (sbyte)0;
        return HasSpliceCountdown;
    }

    /// <summary>
    /// Writes a field of <paramref name="length"/> bytes (0 to 183, and at least 7 for a PCR) behind the header of a packet,
    /// filled up with stuffing; the header's flags and the payload are the caller's.
    /// </summary>
    public static void Write(Span<byte> packet, int length, bool discontinuity = false, bool randomAccess = false, long? pcr27MHz = null)
    {
        Debug.Assert(length <= TsPacket.AdaptationLengthMax && length >= (pcr27MHz.HasValue ? 1 + TsClock.PcrSize : 0),
            "The field does not fit.");
        packet[TsPacket.HeaderSize] = (byte)length;
        var field = packet.Slice(TsPacket.HeaderSize + 1, length);
        field.Fill(0xff);
        if (length == 0)
            return;
        field[0] = (byte)((discontinuity ? 0x80 : 0) | (randomAccess ? 0x40 : 0) | (pcr27MHz.HasValue ? PcrFlag : 0));
        if (pcr27MHz is { } pcr)
            TsClock.WritePcr(field[1..], pcr);
    }

    /// <summary>Private bytes of the sender; empty when absent or longer than the field.</summary>
    public ReadOnlySpan<byte> PrivateData
    {
        get
        {
            if ((Flags & PrivateDataFlag) == 0 || SpliceEnd >= _bytes.Length)
                return default;
            int length = _bytes[SpliceEnd];
            return SpliceEnd + 1 + length <= _bytes.Length ? _bytes.Slice(SpliceEnd + 1, length) : default;
        }
    }

    /// <summary>
    /// Where in the field the splice type and DTS_next_AU stand, five bytes like a time of a PES header (§2.4.3.5, seamless_splice_flag); −1 without.
    /// </summary>
    internal int SeamlessSpliceOffset
    {
        get
        {
            int at = SpliceEnd;
            if ((Flags & PrivateDataFlag) != 0)
                at += at < _bytes.Length ? 1 + _bytes[at] : 1;
            if ((Flags & ExtensionFlag) == 0 || at + 1 >= _bytes.Length)
                return -1;
            int flags = _bytes[at + 1];
            int end = at + 1 + _bytes[at];
            at += 2 + ((flags & 0x80) != 0 ? 2 : 0) + ((flags & 0x40) != 0 ? 3 : 0);     // legal time window, piecewise rate
            return (flags & 0x20) != 0 && at + SeamlessSpliceSize <= Math.Min(end, _bytes.Length) ? at : -1;
        }
    }

    private const int SeamlessSpliceSize = 5;
}
