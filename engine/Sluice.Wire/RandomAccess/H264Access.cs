namespace Sluice.Wire.RandomAccess;

/// <summary>
/// Where in an H.264 stream over RTP (RFC 6184) a decoder may start: at an IDR picture's first slice. What stands before it
/// without a slice between (parameter sets, delimiter, SEI) belongs to it. Looks at NAL unit heads only.
/// </summary>
public static class H264Access
{
    private const int Idr = 5, Sei = 6, AccessUnitDelimiter = 9, SpsExtension = 13, PrefixNal = 14, SubsetSps = 15;
    private const int StapA = 24, StapB = 25, FuA = 28, FuB = 29;
    private const int LengthSize = 2, DonSize = 2;

    public static AccessVerdict Judge(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return AccessVerdict.Media;
        return (payload[0] & 0x1f) switch
        {
            < StapA => JudgeNal(payload),
            StapA => JudgeAggregate(payload[1..]),
            StapB when payload.Length > DonSize => JudgeAggregate(payload[(1 + DonSize)..]),
            FuA => JudgeFragment(payload, sliceAt: 2),
            FuB => JudgeFragment(payload, sliceAt: 2 + DonSize),
            _ => AccessVerdict.Media,
        };
    }

    // The slice header begins with first_mb_in_slice, ue(v): its first bit is 1 for macroblock 0 and for no other (H.264 §7.3.3).
    private static AccessVerdict JudgeNal(ReadOnlySpan<byte> nal) => (nal[0] & 0x1f) switch
    {
        Idr => nal.Length > 1 && nal[1] >= 0x80 ? AccessVerdict.Picture : AccessVerdict.Media,
        var type => IsPreface(type) ? AccessVerdict.Preface : AccessVerdict.Media,
    };

    private static bool IsPreface(int type) => type is (>= Sei and <= AccessUnitDelimiter) or SpsExtension or PrefixNal or SubsetSps;

    // RFC 6184 §5.7.1: | size(16) | NAL unit | …
    private static AccessVerdict JudgeAggregate(ReadOnlySpan<byte> rest)
    {
        var verdict = AccessVerdict.Preface;
        while (rest.Length > LengthSize)
        {
            int size = rest[0] << 8 | rest[1];
            if (size == 0 || size > rest.Length - LengthSize)
                return AccessVerdict.Media;
            var one = JudgeNal(rest.Slice(LengthSize, size));
            if (one == AccessVerdict.Picture)
                return one;
            if (one == AccessVerdict.Media)
                verdict = one;
            rest = rest[(LengthSize + size)..];
        }
        return verdict;
    }

    // RFC 6184 §5.8: | indicator | S E R type(5) | …; only the fragment with S holds the slice header. A long SEI comes in pieces too.
    private static AccessVerdict JudgeFragment(ReadOnlySpan<byte> payload, int sliceAt)
    {
        if (payload.Length <= sliceAt)
            return AccessVerdict.Media;
        int type = payload[1] & 0x1f;
        if (IsPreface(type))
            return AccessVerdict.Preface;
        return type == Idr && payload[1] >= 0x80 && payload[sliceAt] >= 0x80 ? AccessVerdict.Picture : AccessVerdict.Media;
    }
}
