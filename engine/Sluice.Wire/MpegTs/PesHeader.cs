using System.Buffers.Binary;
using System.Diagnostics;

namespace Sluice.Wire.MpegTs;

/// <summary>
/// The start of a PES packet (ISO/IEC 13818-1 §2.4.3.6): which stream, and when its first access unit is shown and decoded.
/// Times are 90 kHz modulo 2³³, see <see cref="TsClock"/>.
/// </summary>
/// <param name="StreamId">0xBC to 0xFF; 0xC0 to 0xDF audio, 0xE0 to 0xEF video, 0xBD private.</param>
/// <param name="PacketLength">PES_packet_length: bytes after that field; 0 means "until the next start", video only.</param>
/// <param name="HeaderLength">Bytes before the media data; more than the source held when the header is cut by a packet border.</param>
/// <param name="Pts90kHz">When it is shown, if said.</param>
/// <param name="Dts90kHz">Only where it differs from the PTS.</param>
public readonly record struct PesHeader(byte StreamId, ushort PacketLength, int HeaderLength, long? Pts90kHz, long? Dts90kHz)
{
    private const int StartSize = 6;
    private const int FixedSize = 9;
    private const int TimeSize = 5;
    private const int EscrSize = 6;
    private const byte EscrFlag = 0x20;

    /// <summary>First of 16 ids for video, of 32 for audio.</summary>
    public const byte VideoStreamId = 0xE0;
    public const byte AudioStreamId = 0xC0;

    /// <summary>Bytes that <see cref="Write"/> takes.</summary>
    public static int SizeWith(bool hasPts, bool hasDts) => FixedSize + (hasPts ? TimeSize : 0) + (hasDts ? TimeSize : 0);

    /// <summary>Stream ids without the optional header: map, padding, private 2, ECM, EMM, DSM-CC, H.222.1 type E, directory.</summary>
    public static bool HasOptionalHeader(byte streamId) => streamId is not (0xBC or 0xBE or 0xBF or 0xF0 or 0xF1 or 0xF2 or 0xF8 or 0xFF);

    /// <summary>
    /// Reads from the payload of a packet that starts a unit. False: no start code, forbidden flags, a time without its
    /// marker bits, or too short to hold the times it announces.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out PesHeader header)
    {
        header = default;
        if (source.Length < StartSize || source[0] != 0 || source[1] != 0 || source[2] != 1 || source[3] < 0xBC)
            return false;
        ushort packetLength = BinaryPrimitives.ReadUInt16BigEndian(source[4..]);
        if (!HasOptionalHeader(source[3]))
        {
            header = new PesHeader(source[3], packetLength, StartSize, null, null);
            return true;
        }
        if (source.Length < FixedSize || source[6] >> 6 != 2 || !TryReadTimes(source, out long? pts, out long? dts))
            return false;
        header = new PesHeader(source[3], packetLength, FixedSize + source[8], pts, dts);
        return true;
    }

    /// <summary>Writes <see cref="SizeWith"/> bytes, data aligned; a DTS needs a PTS. <see cref="HeaderLength"/> is not used.</summary>
    public void Write(Span<byte> target)
    {
        Debug.Assert(Pts90kHz.HasValue || !Dts90kHz.HasValue, "§2.4.3.7 forbids a DTS without a PTS.");
        Debug.Assert(HasOptionalHeader(StreamId), "This stream id has no optional header.");
        int size = SizeWith(Pts90kHz.HasValue, Dts90kHz.HasValue);
        target = target[..size];
        BinaryPrimitives.WriteUInt32BigEndian(target, 0x100u | StreamId);
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], PacketLength);
        target[6] = 0x84;
        target[7] = (byte)((Pts90kHz.HasValue ? 0x80 : 0) | (Dts90kHz.HasValue ? 0x40 : 0));
        target[8] = (byte)(size - FixedSize);
        if (Pts90kHz is { } pts)
            WriteTime(target[FixedSize..], Dts90kHz.HasValue ? 3 : 2, pts);
        if (Dts90kHz is { } dts)
            WriteTime(target[(FixedSize + TimeSize)..], 1, dts);
    }

    /// <summary>
    /// Adds ticks of 90 kHz, modulo 2³³, to the times of a header that stands at the start of a packet's payload: PTS, DTS and the base of the ESCR
    /// (§2.4.3.7). False where <see cref="TryRead"/> would say so, and nothing is changed; or where an ESCR alone cannot be read, and stays.
    /// </summary>
    public static bool TryShiftTimes(Span<byte> payload, long ticks)
    {
        if (!TryRead(payload, out var header))
            return false;
        if (header.Pts90kHz is not null)
            ShiftTime(payload[FixedSize..], ticks);
        if (header.Dts90kHz is not null)
            ShiftTime(payload[(FixedSize + TimeSize)..], ticks);
        if (!HasOptionalHeader(header.StreamId) || (payload[7] & EscrFlag) == 0)
            return true;
        int at = (header.Pts90kHz is null ? 0 : TimeSize) + (header.Dts90kHz is null ? 0 : TimeSize);
        return at + EscrSize <= payload[8] && FixedSize + at + EscrSize <= payload.Length && ShiftEscr(payload[(FixedSize + at)..], ticks);
    }

    // | reserved(2) 32..30 1 | 29..15 1 | 14..0 1 extension(9) 1 |, of 48 bits
    private static bool ShiftEscr(Span<byte> target, long ticks)
    {
        const ulong Markers = 1UL << 42 | 1UL << 26 | 1UL << 10 | 1;
        ulong bits = (ulong)BinaryPrimitives.ReadUInt16BigEndian(target) << 32 | BinaryPrimitives.ReadUInt32BigEndian(target[2..]);
        if ((bits & Markers) != Markers)
            return false;
        long time = (long)(bits >> 43 & 7) << 30 | (long)(bits >> 27 & 0x7fff) << 15 | (long)(bits >> 11 & 0x7fff);
        time = (time + ticks) & (TsClock.PtsModulus - 1);
        const ulong Base = 7UL << 43 | 0x7fffUL << 27 | 0x7fffUL << 11;
        bits = bits & ~Base | (ulong)(time >> 30) << 43 | (ulong)(time >> 15 & 0x7fff) << 27 | (ulong)(time & 0x7fff) << 11;
        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)(bits >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(target[2..], (uint)bits);
        return true;
    }

    /// <summary>The same for one time of five bytes, whatever its first four bits mean; false without its marker bits.</summary>
    internal static bool ShiftTime(Span<byte> target, long ticks)
    {
        if (!TryReadTime(target, out var time))
            return false;
        WriteTime(target, target[0] >> 4, (time!.Value + ticks) & (TsClock.PtsModulus - 1));
        return true;
    }

    private static bool TryReadTimes(ReadOnlySpan<byte> source, out long? pts, out long? dts)
    {
        pts = dts = null;
        int flags = source[7] >> 6;
        int needed = flags switch { 0 => 0, 2 => TimeSize, 3 => 2 * TimeSize, _ => int.MaxValue };   // 1 is forbidden
        if (needed > source[8] || FixedSize + needed > source.Length)
            return false;
        var times = source.Slice(FixedSize, needed);
        return (flags == 0 || TryReadTime(times, out pts)) && (flags != 3 || TryReadTime(times[TimeSize..], out dts));
    }

    // | prefix(4) 32..30 1 | 29..22 | 21..15 1 | 14..7 | 6..0 1 |
    private static bool TryReadTime(ReadOnlySpan<byte> source, out long? time)
    {
        time = (long)(source[0] >> 1 & 7) << 30
            | (long)(BinaryPrimitives.ReadUInt16BigEndian(source[1..]) >> 1) << 15
            | (long)(BinaryPrimitives.ReadUInt16BigEndian(source[3..]) >> 1);
        return (source[0] & source[2] & source[4] & 1) != 0;
    }

    private static void WriteTime(Span<byte> target, int prefix, long time)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target[3..], (ushort)(time << 1 | 1));
        BinaryPrimitives.WriteUInt16BigEndian(target[1..], (ushort)(time >> 14 | 1));
        target[0] = (byte)(prefix << 4 | (int)(time >> 29) & 0x0e | 1);
    }
}
