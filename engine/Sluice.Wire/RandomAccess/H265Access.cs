namespace Sluice.Wire.RandomAccess;

/// <summary>
/// Where in an H.265 stream over RTP (RFC 7798) a decoder may start: at an IRAP picture's first slice segment (BLA, IDR, CRA),
/// with the parameter sets, delimiter and prefix SEI before it. Streams that send decoding order numbers
/// (sprop-max-don-diff above 0) are read as far as their single and fragmented units.
/// </summary>
public static class H265Access
{
    private const int IrapFirst = 16, IrapLast = 23, VpsFirst = 32, DelimiterLast = 35, PrefixSei = 39;
    private const int Aggregate = 48, Fragment = 49;
    private const int HeadSize = 2, LengthSize = 2;

    public static AccessVerdict Judge(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < HeadSize)
            return AccessVerdict.Media;
        return TypeOf(payload) switch
        {
            Aggregate => JudgeAggregate(payload[HeadSize..]),
            Fragment => JudgeFragment(payload),
            _ => JudgeNal(payload),
        };
    }

    private static int TypeOf(ReadOnlySpan<byte> nal) => nal[0] >> 1 & 0x3f;

    // The slice segment header begins with first_slice_segment_in_pic_flag (H.265 §7.3.6.1).
    private static AccessVerdict JudgeNal(ReadOnlySpan<byte> nal) => TypeOf(nal) switch
    {
        >= IrapFirst and <= IrapLast => nal.Length > HeadSize && nal[HeadSize] >= 0x80 ? AccessVerdict.Picture : AccessVerdict.Media,
        var type => IsPreface(type) ? AccessVerdict.Preface : AccessVerdict.Media,
    };

    private static bool IsPreface(int type) => type is (>= VpsFirst and <= DelimiterLast) or PrefixSei;

    // RFC 7798 §4.4.2: | size(16) | NAL unit | …
    private static AccessVerdict JudgeAggregate(ReadOnlySpan<byte> rest)
    {
        var verdict = AccessVerdict.Preface;
        while (rest.Length > LengthSize)
        {
            int size = rest[0] << 8 | rest[1];
            if (size < HeadSize || size > rest.Length - LengthSize)
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

    // RFC 7798 §4.4.3: | head(16) | S E type(6) | …; only the fragment with S holds the slice segment header. x265's SEI comes in pieces.
    private static AccessVerdict JudgeFragment(ReadOnlySpan<byte> payload)
    {
        const int SliceAt = HeadSize + 1;
        if (payload.Length <= SliceAt)
            return AccessVerdict.Media;
        int type = payload[HeadSize] & 0x3f;
        if (IsPreface(type))
            return AccessVerdict.Preface;
        bool isFirst = payload[HeadSize] >= 0x80 && payload[SliceAt] >= 0x80;
        return isFirst && type is >= IrapFirst and <= IrapLast ? AccessVerdict.Picture : AccessVerdict.Media;
    }
}
