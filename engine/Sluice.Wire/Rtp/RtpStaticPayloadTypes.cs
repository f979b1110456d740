namespace Sluice.Wire.Rtp;

public enum RtpMediaKind
{
    Audio,
    Video,

    /// <summary>Both in one stream: MPEG-TS.</summary>
    AudioVideo,
}

/// <summary>
/// What a payload type means without any SDP: the encoding name as in <c>a=rtpmap</c>, the RTP clock in Hz (for G722 8,000
/// by a historical error that the RFC keeps), and channels, 0 where the stream itself says (MPA) or for video.
/// </summary>
public sealed record RtpStaticPayloadType(byte PayloadType, string Encoding, int ClockRate, int Channels, RtpMediaKind Kind);

/// <summary>The static assignments of the audio/video profile (RFC 3551 §6, tables 4 and 5).</summary>
public static class RtpStaticPayloadTypes
{
    public const byte Mp2t = 33;
    public const byte DynamicMin = 96;
    public const byte DynamicMax = 127;

    /// <summary>Null for unassigned, reserved and dynamic payload types.</summary>
    public static RtpStaticPayloadType? Find(byte payloadType) => payloadType < ByPayloadType.Length ? ByPayloadType[payloadType] : null;

    /// <summary>72 to 76 would look like RTCP packet types 200 to 204 with the marker bit set (RFC 3551 §6).</summary>
    public static bool IsReservedForRtcp(byte payloadType) => payloadType is >= 72 and <= 76;

    public static bool IsDynamic(byte payloadType) => payloadType is >= DynamicMin and <= DynamicMax;

    public static ReadOnlySpan<RtpStaticPayloadType> All => Table;

    private static readonly RtpStaticPayloadType[] Table =
    [
        Audio(0, "PCMU", 8000),
        Audio(3, "GSM", 8000),
        Audio(4, "G723", 8000),
        Audio(5, "DVI4", 8000),
        Audio(6, "DVI4", 16_000),
        Audio(7, "LPC", 8000),
        Audio(8, "PCMA", 8000),
        Audio(9, "G722", 8000),
        Audio(10, "L16", 44_100, 2),
        Audio(11, "L16", 44_100),
        Audio(12, "QCELP", 8000),
        Audio(13, "CN", 8000),
        Audio(14, "MPA", 90_000, 0),
        Audio(15, "G728", 8000),
        Audio(16, "DVI4", 11_025),
        Audio(17, "DVI4", 22_050),
        Audio(18, "G729", 8000),
        Video(25, "CelB"),
        Video(26, "JPEG"),
        Video(28, "nv"),
        Video(31, "H261"),
        Video(32, "MPV"),
        new(Mp2t, "MP2T", 90_000, 0, RtpMediaKind.AudioVideo),
        Video(34, "H263"),
    ];

    private static readonly RtpStaticPayloadType?[] ByPayloadType = Index();

    private static RtpStaticPayloadType Audio(byte payloadType, string encoding, int clockRate, int channels = 1) =>
        new(payloadType, encoding, clockRate, channels, RtpMediaKind.Audio);

    private static RtpStaticPayloadType Video(byte payloadType, string encoding) =>
        new(payloadType, encoding, 90_000, 0, RtpMediaKind.Video);

    private static RtpStaticPayloadType?[] Index()
    {
        var index = new RtpStaticPayloadType?[Table[^1].PayloadType + 1];
        foreach (var entry in Table)
            index[entry.PayloadType] = entry;
        return index;
    }
}
