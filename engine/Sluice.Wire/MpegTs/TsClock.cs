using System.Buffers.Binary;

namespace Sluice.Wire.MpegTs;

/// <summary>
/// The two clocks of a transport stream: PCR at 27 MHz (ISO/IEC 13818-1 §2.4.3.5) and PTS/DTS at 90 kHz (§2.4.3.7),
/// both 33 bits of 90 kHz long, so that they wrap together every 26.5 hours.
/// </summary>
public static class TsClock
{
    public const int PcrSize = 6;
    public const long PcrHz = 27_000_000;
    public const int PtsHz = 90_000;

    /// <summary>PTS and DTS count modulo this.</summary>
    public const long PtsModulus = 1L << 33;

    /// <summary>PCR counts modulo this: 300 ticks of 27 MHz to one of 90 kHz.</summary>
    public const long PcrModulus = PtsModulus * 300;

    /// <summary>Reads base (33 bits) and extension (9 bits) as one number of 27 MHz ticks; needs six bytes.</summary>
    public static long ReadPcr(ReadOnlySpan<byte> source)
    {
        ulong bits = (ulong)BinaryPrimitives.ReadUInt32BigEndian(source) << 16 | BinaryPrimitives.ReadUInt16BigEndian(source[4..]);
        return (long)(bits >> 15) * 300 + (long)(bits & 0x1ff);
    }

    /// <summary>Writes a PCR, taken modulo its wrap; the six reserved bits are ones.</summary>
    public static void WritePcr(Span<byte> target, long pcr27MHz)
    {
        long wrapped = Wrap(pcr27MHz, PcrModulus);
        ulong bits = (ulong)(wrapped / 300) << 15 | 0x7e00 | (ulong)(wrapped % 300);
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], (ushort)bits);
        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)(bits >> 16));
    }

    /// <summary>Ticks from <paramref name="earlier"/> to <paramref name="later"/> the shorter way round, negative backwards.</summary>
    public static long PcrDistance(long earlier, long later) => Distance(earlier, later, PcrModulus);

    /// <summary>90 kHz ticks from <paramref name="earlier"/> to <paramref name="later"/> the shorter way round.</summary>
    public static long PtsDistance(long earlier, long later) => Distance(earlier, later, PtsModulus);

    private static long Distance(long earlier, long later, long modulus)
    {
        long forward = Wrap(later - earlier, modulus);
        // Exactly half-way is old, as for sequence numbers.
        return forward >= modulus / 2 ? forward - modulus : forward;
    }

    private static long Wrap(long value, long modulus)
    {
        long remainder = value % modulus;
        return remainder < 0 ? remainder + modulus : remainder;
    }
}
