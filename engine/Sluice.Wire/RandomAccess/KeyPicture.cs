using Sluice.Wire.MpegTs;

namespace Sluice.Wire.RandomAccess;

/// <summary>
/// Whether an elementary stream in byte-stream form begins with what only stands before or in a key picture. Reads what the
/// first transport packet of a PES holds, about 150 bytes: parameter sets come first, so that is enough.
/// </summary>
internal static class KeyPicture
{
    private const byte Mpeg2SequenceHeader = 0xb3;

    /// <param name="streamType">As the PMT says.</param>
    /// <param name="start">The first bytes of the access unit.</param>
    public static bool IsAtStart(byte streamType, ReadOnlySpan<byte> start)
    {
        for (int at = start.IndexOf(StartCode); at >= 0 && at + StartCode.Length < start.Length;)
        {
            start = start[(at + StartCode.Length)..];
            if (IsKey(streamType, start[0]))
                return true;
            at = start.IndexOf(StartCode);
        }
        return false;
    }

    private static ReadOnlySpan<byte> StartCode => [0, 0, 1];

    // H.264: SPS 7 or IDR 5. H.265: VPS 32, SPS 33 or IRAP 16–23. An encoder repeats its parameter sets where decoding may start.
    private static bool IsKey(byte streamType, byte head) => streamType switch
    {
        TsStreamTypes.H264 => (head & 0x1f) is 5 or 7,
        TsStreamTypes.Hevc => (head >> 1 & 0x3f) is 32 or 33 or (>= 16 and <= 23),
        TsStreamTypes.Mpeg1Video or TsStreamTypes.Mpeg2Video => head == Mpeg2SequenceHeader,
        _ => false,
    };
}
