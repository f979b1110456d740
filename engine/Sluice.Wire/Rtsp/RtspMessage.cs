using System.Text;

namespace Sluice.Wire.Rtsp;

/// <summary>
/// One RTSP message seen in place. Lives until the reader that yielded it reads on.
/// Whatever it shows came from outside: header values may hold any byte but control characters.
/// </summary>
/// <remarks><code>
/// Request  = Method SP Request-URI SP "RTSP/1.0" CRLF *( field CRLF ) CRLF [ body ]      RFC 2326 §6
/// Response = "RTSP/1.0" SP 3DIGIT SP reason CRLF *( field CRLF ) CRLF [ body ]           RFC 2326 §7
/// </code></remarks>
public readonly ref struct RtspMessage
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly RtspHead _head;

    internal RtspMessage(ReadOnlySpan<byte> bytes, int headLength, RtspHead head)
    {
        _bytes = bytes;
        _head = head;
        Body = bytes[headLength..];
    }

    public ReadOnlySpan<byte> Body { get; }

    public bool IsRequest => _head.IsRequest;

    public RtspMethod Method => _head.Method;

    /// <summary>The request's URL as sent; empty in a response.</summary>
    public ReadOnlySpan<byte> Url => IsRequest ? _head.Target.In(_bytes) : default;

    /// <summary>100–999 in a response, 0 in a request.</summary>
    public int StatusCode => _head.StatusCode;

    public ReadOnlySpan<byte> Reason => IsRequest ? default : _head.Target.In(_bytes);

    public int HeaderCount => _head.FieldCount;

    public ReadOnlySpan<byte> HeaderName(int index) => _head.Field(index).Name.In(_bytes);

    public ReadOnlySpan<byte> HeaderValue(int index) => _head.Field(index).Value.In(_bytes);

    /// <summary>The first header of that name, whatever its case.</summary>
    public bool TryGetHeader(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (var i = 0; i < HeaderCount; i++)
            if (Ascii.EqualsIgnoreCase(HeaderName(i), name))
            {
                value = HeaderValue(i);
                return true;
            }
        value = default;
        return false;
    }

    /// <summary>How often the header stands there: what decides something must stand there once.</summary>
    public int CountHeader(ReadOnlySpan<byte> name)
    {
        var count = 0;
        for (var i = 0; i < HeaderCount; i++)
            count += Ascii.EqualsIgnoreCase(HeaderName(i), name) ? 1 : 0;
        return count;
    }
}
