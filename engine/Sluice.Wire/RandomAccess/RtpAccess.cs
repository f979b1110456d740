namespace Sluice.Wire.RandomAccess;

/// <summary>What one RTP packet says about where a decoder may start.</summary>
public enum AccessVerdict : byte
{
    /// <summary>Nothing begins here, and what was gathered before belongs to another picture.</summary>
    Media,

    /// <summary>Parameter sets, delimiters and the like: they belong to the picture that follows.</summary>
    Preface,

    /// <summary>The beginning of a picture that decoding may start at.</summary>
    Picture,
}

/// <summary>How random access points of a feed are found.</summary>
public enum AccessCodec : byte
{
    /// <summary>Not at all: clients of such a feed start live.</summary>
    Unknown,

    /// <summary>Audio: every packet is one.</summary>
    Everywhere,
    MpegTs,
    H264,
    H265,
    Mpeg2Video,
    Jpeg,
    Vp8,
}

/// <summary>Random access in RTP payloads, by codec. Reads a handful of bytes a packet.</summary>
public static class RtpAccess
{
    /// <summary>The codec of an rtpmap's encoding name (RFC 3551, case does not matter); <paramref name="isAudio"/> decides for names not known here.</summary>
    public static AccessCodec CodecOf(string encodingName, bool isAudio) => encodingName.ToUpperInvariant() switch
    {
        "MP2T" => AccessCodec.MpegTs,
        "H264" => AccessCodec.H264,
        "H265" => AccessCodec.H265,
        "MPV" => AccessCodec.Mpeg2Video,
        "JPEG" => AccessCodec.Jpeg,
        "VP8" => AccessCodec.Vp8,
        "MPEG4-GENERIC" or "MP4A-LATM" or "MPA" or "OPUS" or "PCMU" or "PCMA" or "L16" or "L24" or "AC3" or "G722" => AccessCodec.Everywhere,
        _ => isAudio ? AccessCodec.Everywhere : AccessCodec.Unknown,
    };

    /// <summary>Judges one payload; MPEG-TS has its own finder (<see cref="TsAccessFinder"/>), for it there is nothing to say here.</summary>
    public static AccessVerdict Judge(AccessCodec codec, ReadOnlySpan<byte> payload) => codec switch
    {
        AccessCodec.H264 => NalAccess.JudgeH264(payload),
        AccessCodec.H265 => NalAccess.JudgeH265(payload),
        AccessCodec.Mpeg2Video => JudgeMpeg2(payload),
        AccessCodec.Jpeg => JudgeJpeg(payload),
        AccessCodec.Vp8 => JudgeVp8(payload),
        AccessCodec.Everywhere => AccessVerdict.Picture,
        _ => AccessVerdict.Media,
    };

    // RFC 2250 §3.4: | MBZ(5) T(1) TR(10) | AN N S B E P(3) | …; S: a sequence header is in this packet.
    private static AccessVerdict JudgeMpeg2(ReadOnlySpan<byte> payload) =>
        payload.Length > 4 && (payload[2] & 0x20) != 0 ? AccessVerdict.Picture : AccessVerdict.Media;

    // RFC 2435 §3.1: | type-specific | fragment offset(24) | …; every frame stands alone.
    private static AccessVerdict JudgeJpeg(ReadOnlySpan<byte> payload) =>
        payload.Length > 8 && (payload[1] | payload[2] | payload[3]) == 0 ? AccessVerdict.Picture : AccessVerdict.Media;

    // RFC 7741 §4.2: | X R N S R PID(3) | extensions | payload header, whose lowest bit is 0 in a key frame (RFC 6386 §9.1).
    private static AccessVerdict JudgeVp8(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2 || (payload[0] & 0x17) != 0x10)
            return AccessVerdict.Media;
        int at = 1;
        if ((payload[0] & 0x80) != 0)
        {
            byte extensions = payload[at++];
            if ((extensions & 0x80) != 0)
                at += at < payload.Length && payload[at] >= 0x80 ? 2 : 1;
            at += ((extensions & 0x40) != 0 ? 1 : 0) + ((extensions & 0x30) != 0 ? 1 : 0);
        }
        return at < payload.Length && (payload[at] & 1) == 0 ? AccessVerdict.Picture : AccessVerdict.Media;
    }
}
