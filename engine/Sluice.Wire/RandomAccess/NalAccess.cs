namespace Sluice.Wire.RandomAccess;

/// <summary>
/// Where in an H.264 (RFC 6184) or H.265 (RFC 7798) stream over RTP a decoder may start: at the first slice of an IDR picture, or of an IRAP
/// picture (BLA, IDR, CRA). What stands before it without a slice between (parameter sets, delimiter, SEI) belongs to it. Looks at NAL unit
/// heads only. H.265 streams that send decoding order numbers (sprop-max-don-diff above 0) are read as far as their single and fragmented units.
/// </summary>
public static class NalAccess
{
    private const int LengthSize = 2, DonSize = 2;

    public static AccessVerdict JudgeH264(ReadOnlySpan<byte> payload)
    {
        const int StapA = 24, StapB = 25, FuA = 28, FuB = 29;
        if (payload.IsEmpty)
            return AccessVerdict.Media;
        return H264.TypeOf(payload[0]) switch
        {
            < StapA => JudgeUnit<H264>(payload),
            StapA => JudgeAggregate<H264>(payload[H264.HeadSize..]),
            StapB when payload.Length > DonSize => JudgeAggregate<H264>(payload[(H264.HeadSize + DonSize)..]),
            FuA => JudgeFragment<H264>(payload, donSize: 0),
            FuB => JudgeFragment<H264>(payload, DonSize),
            _ => AccessVerdict.Media,
        };
    }

    public static AccessVerdict JudgeH265(ReadOnlySpan<byte> payload)
    {
        const int Aggregate = 48, Fragment = 49;
        if (payload.Length < H265.HeadSize)
            return AccessVerdict.Media;
        return H265.TypeOf(payload[0]) switch
        {
            Aggregate => JudgeAggregate<H265>(payload[H265.HeadSize..]),
            Fragment => JudgeFragment<H265>(payload, donSize: 0),
            _ => JudgeUnit<H265>(payload),
        };
    }

    /// <summary>What the two codecs differ in.</summary>
    private interface INalCodec
    {
        /// <summary>Bytes of a NAL unit's head; the slice header follows.</summary>
        static abstract int HeadSize { get; }

        /// <summary>From the head's first byte.</summary>
        static abstract int TypeOf(byte head);

        /// <summary>From the byte of a fragment that has S and E above it.</summary>
        static abstract int FragmentTypeOf(byte head);
        static abstract bool IsKey(int type);
        static abstract bool IsPreface(int type);
    }

    private readonly struct H264 : INalCodec
    {
        private const int Idr = 5, Sei = 6, AccessUnitDelimiter = 9, SpsExtension = 13, PrefixNal = 14, SubsetSps = 15;

        public static int HeadSize => 1;
        public static int TypeOf(byte head) => head & 0x1f;
        public static int FragmentTypeOf(byte head) => head & 0x1f;
        public static bool IsKey(int type) => type == Idr;
        public static bool IsPreface(int type) => type is (>= Sei and <= AccessUnitDelimiter) or SpsExtension or PrefixNal or SubsetSps;
    }

    private readonly struct H265 : INalCodec
    {
        private const int IrapFirst = 16, IrapLast = 23, VpsFirst = 32, DelimiterLast = 35, PrefixSei = 39;

        public static int HeadSize => 2;
        public static int TypeOf(byte head) => head >> 1 & 0x3f;
        public static int FragmentTypeOf(byte head) => head & 0x3f;
        public static bool IsKey(int type) => type is >= IrapFirst and <= IrapLast;
        public static bool IsPreface(int type) => type is (>= VpsFirst and <= DelimiterLast) or PrefixSei;
    }

    // H.264 §7.3.3: the slice header begins with first_mb_in_slice, ue(v), whose first bit is 1 for macroblock 0 and for no other.
    // H.265 §7.3.6.1: it begins with first_slice_segment_in_pic_flag.
    private static AccessVerdict JudgeUnit<TCodec>(ReadOnlySpan<byte> unit) where TCodec : struct, INalCodec
    {
        int type = TCodec.TypeOf(unit[0]);
        if (TCodec.IsKey(type))
            return unit.Length > TCodec.HeadSize && unit[TCodec.HeadSize] >= 0x80 ? AccessVerdict.Picture : AccessVerdict.Media;
        return TCodec.IsPreface(type) ? AccessVerdict.Preface : AccessVerdict.Media;
    }

    // RFC 6184 §5.7.1, RFC 7798 §4.4.2: | size(16) | NAL unit | …
    private static AccessVerdict JudgeAggregate<TCodec>(ReadOnlySpan<byte> rest) where TCodec : struct, INalCodec
    {
        var verdict = AccessVerdict.Preface;
        while (rest.Length > LengthSize)
        {
            int size = rest[0] << 8 | rest[1];
            if (size < TCodec.HeadSize || size > rest.Length - LengthSize)
                return AccessVerdict.Media;
            var one = JudgeUnit<TCodec>(rest.Slice(LengthSize, size));
            if (one == AccessVerdict.Picture)
                return one;
            if (one == AccessVerdict.Media)
                verdict = one;
            rest = rest[(LengthSize + size)..];
        }
        return verdict;
    }

    // RFC 6184 §5.8, RFC 7798 §4.4.3: | head | S E type | …; only the fragment with S holds the slice header. A long SEI comes in pieces too.
    private static AccessVerdict JudgeFragment<TCodec>(ReadOnlySpan<byte> payload, int donSize) where TCodec : struct, INalCodec
    {
        int sliceAt = TCodec.HeadSize + 1 + donSize;
        if (payload.Length <= sliceAt)
            return AccessVerdict.Media;
        byte head = payload[TCodec.HeadSize];
        int type = TCodec.FragmentTypeOf(head);
        if (TCodec.IsPreface(type))
            return AccessVerdict.Preface;
        return TCodec.IsKey(type) && head >= 0x80 && payload[sliceAt] >= 0x80 ? AccessVerdict.Picture : AccessVerdict.Media;
    }
}
