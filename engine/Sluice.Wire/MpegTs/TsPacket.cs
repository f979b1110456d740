using System.Buffers.Binary;
using System.Diagnostics;

namespace Sluice.Wire.MpegTs;

/// <summary>
/// One 188-byte transport stream packet seen in place (ISO/IEC 13818-1 §2.4.3.2). <see cref="TryParse"/> checks the sync
/// byte and the adaptation field's length; after that no property can fail.
/// </summary>
// | sync 0x47 | TEI PUSI prio PID(13) | scrambling(2) AFC(2) CC(4) | adaptation field | payload |
public readonly ref struct TsPacket
{
    public const int Size = 188;
    public const byte SyncByte = 0x47;
    public const int HeaderSize = 4;
    public const int PidCount = 8192;
    public const ushort PatPid = 0x0000;
    public const ushort NullPid = 0x1FFF;

    /// <summary>X9: the length byte of an adaptation field can fill the packet and no more.</summary>
    internal const int AdaptationLengthMax = Size - HeaderSize - 1;

    private readonly ReadOnlySpan<byte> _bytes;

    private TsPacket(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The sender or a demodulator says that this packet has an uncorrectable bit error.</summary>
    public bool TransportError => (_bytes[1] & 0x80) != 0;

    /// <summary>A PES packet or a PSI section starts in this packet.</summary>
    public bool PayloadUnitStart => (_bytes[1] & 0x40) != 0;
    public bool Priority => (_bytes[1] & 0x20) != 0;
    public ushort Pid => (ushort)(BinaryPrimitives.ReadUInt16BigEndian(_bytes[1..]) & 0x1fff);

    /// <summary>0: clear. Other values are the scrambling system's.</summary>
    public byte Scrambling => (byte)(_bytes[3] >> 6);
    public bool HasAdaptationField => (_bytes[3] & 0x20) != 0;
    public bool HasPayload => (_bytes[3] & 0x10) != 0;
    public byte ContinuityCounter => (byte)(_bytes[3] & 0x0f);
    public bool IsNull => Pid == NullPid;

    public int PayloadOffset => HasAdaptationField ? HeaderSize + 1 + _bytes[4] : HeaderSize;
    public ReadOnlySpan<byte> Payload => HasPayload ? _bytes[PayloadOffset..] : default;

    /// <summary>The adaptation field, or an empty one that has nothing set.</summary>
    public TsAdaptationField AdaptationField =>
        HasAdaptationField ? new TsAdaptationField(_bytes.Slice(HeaderSize + 1, _bytes[4])) : default;

    /// <summary>The program clock reference in units of 27 MHz, when this packet carries one.</summary>
    public bool TryGetPcr(out long pcr27MHz) => AdaptationField.TryGetPcr(out pcr27MHz);

    /// <summary>Reads the first 188 bytes. False: too short, no sync byte, or an adaptation field longer than the packet.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, out TsPacket packet)
    {
        packet = default;
        if (source.Length < Size || source[0] != SyncByte)
            return false;
        if ((source[3] & 0x20) != 0 && source[4] > AdaptationLengthMax)
            return false;
        packet = new TsPacket(source[..Size]);
        return true;
    }

    /// <summary>Writes the four header bytes; adaptation field and payload are the caller's.</summary>
    public static void WriteHeader(
        Span<byte> target, ushort pid, bool payloadUnitStart, bool hasAdaptationField, bool hasPayload, byte continuityCounter)
    {
        Debug.Assert(pid < PidCount && continuityCounter < 16, "A PID has 13 bits and a continuity counter 4.");
        target[3] = (byte)((hasAdaptationField ? 0x20 : 0) | (hasPayload ? 0x10 : 0) | continuityCounter);
        BinaryPrimitives.WriteUInt16BigEndian(target[1..], (ushort)((payloadUnitStart ? 0x4000 : 0) | pid));
        target[0] = SyncByte;
    }

    /// <summary>Sets the continuity counter of a packet in place, e.g. where two streams are joined.</summary>
    public static void WriteContinuityCounter(Span<byte> packet, byte continuityCounter) =>
        packet[3] = (byte)(packet[3] & 0xf0 | continuityCounter & 0x0f);

    /// <summary>Restamps the PCR of a packet in place; false when the packet carries none.</summary>
    public static bool TryWritePcr(Span<byte> packet, long pcr27MHz)
    {
        if (!TryParse(packet, out var view) || !view.TryGetPcr(out _))
            return false;
        TsClock.WritePcr(packet[TsAdaptationField.PcrOffsetInPacket..], pcr27MHz);
        return true;
    }

    /// <summary>Fills one null packet (ISO/IEC 13818-1 §2.4.1): PID 0x1FFF, payload of 0xff.</summary>
    public static void WriteNull(Span<byte> target)
    {
        target[..Size].Fill(0xff);
        WriteHeader(target, NullPid, payloadUnitStart: false, hasAdaptationField: false, hasPayload: true, continuityCounter: 0);
    }
}
