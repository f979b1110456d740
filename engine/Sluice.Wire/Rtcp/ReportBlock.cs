using System.Buffers.Binary;

namespace Sluice.Wire.Rtcp;

/// <summary>What one receiver says of one source (RFC 3550 §6.4.1).</summary>
/// <param name="Ssrc">The source that is reported on.</param>
/// <param name="FractionLost">256ths lost since the last report.</param>
/// <param name="CumulativeLost">Lost since the start; negative when duplicates outnumber losses. 24 bits on the wire, saturating.</param>
/// <param name="ExtendedHighest">Cycles in the upper 16 bits, highest sequence number in the lower.</param>
/// <param name="JitterTicks">Interarrival jitter in clock-rate units.</param>
/// <param name="LastSenderReport">Middle 32 bits of the last SR's NTP time; 0 when none came.</param>
/// <param name="DelaySinceLastSenderReport">Units of 2⁻¹⁶ s.</param>
public readonly record struct ReportBlock(
    uint Ssrc, byte FractionLost, int CumulativeLost, uint ExtendedHighest, uint JitterTicks,
    uint LastSenderReport, uint DelaySinceLastSenderReport)
{
    public const int Size = 24;
    public const int CumulativeLostMax = 0x7f_ffff;
    public const int CumulativeLostMin = -0x80_0000;

    public static bool TryRead(ReadOnlySpan<byte> source, out ReportBlock block)
    {
        block = default;
        if (source.Length < Size)
            return false;
        int lossWord = BinaryPrimitives.ReadInt32BigEndian(source[4..]);
        block = new ReportBlock(
            BinaryPrimitives.ReadUInt32BigEndian(source),
            FractionLost: source[4],
            CumulativeLost: lossWord << 8 >> 8,     // sign-extends the lower 24 bits
            BinaryPrimitives.ReadUInt32BigEndian(source[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[20..]));
        return true;
    }

    public void Write(Span<byte> target)
    {
        target = target[..Size];
        int lost = Math.Clamp(CumulativeLost, CumulativeLostMin, CumulativeLostMax);
        BinaryPrimitives.WriteUInt32BigEndian(target, Ssrc);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], (uint)FractionLost << 24 | (uint)lost & 0xff_ffff);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], ExtendedHighest);
        BinaryPrimitives.WriteUInt32BigEndian(target[12..], JitterTicks);
        BinaryPrimitives.WriteUInt32BigEndian(target[16..], LastSenderReport);
        BinaryPrimitives.WriteUInt32BigEndian(target[20..], DelaySinceLastSenderReport);
    }
}
