namespace Sluice.Wire.Rtsp;

/// <summary>How much of one message a peer may make us hold. Each was an overflow or an exhaustion in some other server.</summary>
public static class RtspLimits
{
    /// <summary>Start line or header line without its CRLF. Digest and KeyMgmt headers stay under 4 KiB.</summary>
    public const int LineBytesMax = 8 * 1024;

    /// <summary>Start line and headers with all their CRLFs; also what lets 16-bit offsets address a head.</summary>
    public const int HeadBytesMax = 16 * 1024;

    /// <summary>Header lines of one message; real clients send fewer than 15.</summary>
    public const int HeaderCountMax = 64;

    /// <summary>A body is an SDP or a parameter list.</summary>
    public const int BodyBytesMax = 64 * 1024;

    /// <summary>Feature tags read from one Require header.</summary>
    public const int OptionTagsMax = 8;
}
