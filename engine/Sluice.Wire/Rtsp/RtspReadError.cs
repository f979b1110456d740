namespace Sluice.Wire.Rtsp;

/// <summary>Why a byte stream stopped being RTSP. Every one of them ends the connection after its answer.</summary>
public enum RtspReadError
{
    None,
    /// <summary>The first byte of a TLS record stands where a message must begin.</summary>
    TlsOnRtspPort,
    /// <summary>The start line ends in an HTTP version.</summary>
    HttpOnRtspPort,
    BadStartLine,
    UnsupportedVersion,
    StartLineTooLong,
    HeaderLineTooLong,
    HeadTooLong,
    TooManyHeaders,
    BadHeader,
    /// <summary>A header continued on a line that begins with a space: two parsers may disagree about it, so none of ours reads it.</summary>
    FoldedLine,
    BareLineFeed,
    BareCarriageReturn,
    /// <summary>NUL or another control character in the head.</summary>
    ForbiddenByte,
    /// <summary>Content-Length that is not digits only, or that stands there twice.</summary>
    BadContentLength,
    BodyTooLarge,
}

/// <summary>What the peer hears.</summary>
public static class RtspReadErrors
{
    public static RtspStatus Status(this RtspReadError error) => error switch
    {
        RtspReadError.None => RtspStatus.Ok,
        RtspReadError.UnsupportedVersion => RtspStatus.VersionNotSupported,
        RtspReadError.StartLineTooLong => RtspStatus.RequestUriTooLong,
        RtspReadError.HeaderLineTooLong or RtspReadError.HeadTooLong or RtspReadError.TooManyHeaders
            or RtspReadError.BodyTooLarge => RtspStatus.RequestEntityTooLarge,
        _ => RtspStatus.BadRequest,
    };
}
