namespace Sluice.Wire.Rtsp;

/// <summary>Status codes of RTSP 1.0 that Sluice sends or acts on (RFC 2326 §7.1.1, §11).</summary>
public enum RtspStatus
{
    Ok = 200,
    MovedPermanently = 301,
    MovedTemporarily = 302,
    BadRequest = 400,
    Unauthorized = 401,
    Forbidden = 403,
    NotFound = 404,
    MethodNotAllowed = 405,
    NotAcceptable = 406,
    RequestTimeout = 408,
    RequestEntityTooLarge = 413,
    RequestUriTooLong = 414,
    UnsupportedMediaType = 415,
    ParameterNotUnderstood = 451,
    NotEnoughBandwidth = 453,
    SessionNotFound = 454,
    MethodNotValidInThisState = 455,
    HeaderFieldNotValid = 456,
    InvalidRange = 457,
    AggregateOperationNotAllowed = 459,
    OnlyAggregateOperationAllowed = 460,
    UnsupportedTransport = 461,
    InternalServerError = 500,
    NotImplemented = 501,
    ServiceUnavailable = 503,
    VersionNotSupported = 505,
    OptionNotSupported = 551,
}

/// <summary>Reason phrases (RFC 2326 §7.1.1).</summary>
public static class RtspStatusText
{
    public static string Reason(this RtspStatus status) => status switch
    {
        RtspStatus.Ok => "OK",
        RtspStatus.MovedPermanently => "Moved Permanently",
        RtspStatus.MovedTemporarily => "Moved Temporarily",
        RtspStatus.BadRequest => "Bad Request",
        RtspStatus.Unauthorized => "Unauthorized",
        RtspStatus.Forbidden => "Forbidden",
        RtspStatus.NotFound => "Not Found",
        RtspStatus.MethodNotAllowed => "Method Not Allowed",
        RtspStatus.NotAcceptable => "Not Acceptable",
        RtspStatus.RequestTimeout => "Request Time-out",
        RtspStatus.RequestEntityTooLarge => "Request Entity Too Large",
        RtspStatus.RequestUriTooLong => "Request-URI Too Large",
        RtspStatus.UnsupportedMediaType => "Unsupported Media Type",
        RtspStatus.ParameterNotUnderstood => "Parameter Not Understood",
        RtspStatus.NotEnoughBandwidth => "Not Enough Bandwidth",
        RtspStatus.SessionNotFound => "Session Not Found",
        RtspStatus.MethodNotValidInThisState => "Method Not Valid in This State",
        RtspStatus.HeaderFieldNotValid => "Header Field Not Valid for Resource",
        RtspStatus.InvalidRange => "Invalid Range",
        RtspStatus.AggregateOperationNotAllowed => "Aggregate Operation Not Allowed",
        RtspStatus.OnlyAggregateOperationAllowed => "Only Aggregate Operation Allowed",
        RtspStatus.UnsupportedTransport => "Unsupported Transport",
        RtspStatus.InternalServerError => "Internal Server Error",
        RtspStatus.NotImplemented => "Not Implemented",
        RtspStatus.ServiceUnavailable => "Service Unavailable",
        RtspStatus.VersionNotSupported => "RTSP Version Not Supported",
        RtspStatus.OptionNotSupported => "Option not supported",
        _ => "Unknown",
    };
}
