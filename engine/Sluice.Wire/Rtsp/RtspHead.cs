using System.Text;

namespace Sluice.Wire.Rtsp;

/// <summary>Where the parts of one message head stand: the start line (RFC 2326 §6.1, §7.1) and the header fields (§4.2 by RFC 2068).</summary>
internal sealed class RtspHead
{
    private readonly (ByteRange Name, ByteRange Value)[] _fields = new (ByteRange, ByteRange)[RtspLimits.HeaderCountMax];

    public int FieldCount { get; private set; }
    public bool IsRequest { get; private set; }
    public RtspMethod Method { get; private set; }
    public int StatusCode { get; private set; }

    /// <summary>The URL of a request, the reason phrase of a response.</summary>
    public ByteRange Target { get; private set; }

    public (ByteRange Name, ByteRange Value) Field(int index) => _fields[index];

    /// <summary>Parses a head that <see cref="RtspHeadScanner"/> has passed: it holds whole lines, CRLF each, and ends in an empty one.</summary>
    public RtspReadError Parse(ReadOnlySpan<byte> head)
    {
        FieldCount = 0;
        var rest = head;
        var startLine = TakeLine(ref rest);
        var startError = startLine.StartsWith("RTSP/"u8) ? ParseStatusLine(head, startLine) : ParseRequestLine(head, startLine);
        if (startError is not (RtspReadError.None or RtspReadError.UnsupportedVersion))
            return startError;
        for (var line = TakeLine(ref rest); line.Length > 0; line = TakeLine(ref rest))
            if (!TryAddField(head, line))
                return RtspReadError.BadHeader;
        return startError;                                     // fields first: the answer to a wrong version quotes CSeq
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'\r');
        var line = rest[..end];
        rest = rest[(end + 2)..];
        return line;
    }

    private RtspReadError ParseRequestLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> line)
    {
        IsRequest = true;
        StatusCode = 0;
        var rest = line;
        if (!AsciiText.TryTake(ref rest, (byte)' ', out var method) || !AsciiText.TryTake(ref rest, (byte)' ', out var url))
            return RtspReadError.BadStartLine;
        if (rest.StartsWith("HTTP/"u8))
            return RtspReadError.HttpOnRtspPort;
        if (!AsciiText.IsToken(method) || url.IsEmpty || url.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            return RtspReadError.BadStartLine;
        Method = RtspMethods.Parse(method);
        Target = ByteRange.Of(head, url);
        return CheckVersion(rest);
    }

    private RtspReadError ParseStatusLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> line)
    {
        IsRequest = false;
        Method = RtspMethod.Unknown;
        var rest = line;
        if (!AsciiText.TryTake(ref rest, (byte)' ', out var version) || rest.Length < 3
            || !AsciiText.TryParseDigits(rest[..3], 999, out var code) || code < 100 || (rest.Length > 3 && rest[3] != ' '))
            return RtspReadError.BadStartLine;
        StatusCode = (int)code;
        Target = rest.Length > 4 ? ByteRange.Of(head, rest[4..]) : default;
        return CheckVersion(version);
    }

    private static RtspReadError CheckVersion(ReadOnlySpan<byte> version)
    {
        if (version.SequenceEqual("RTSP/1.0"u8))
            return RtspReadError.None;
        // RFC 2326 §3.1: digits "." digits
        var looksLikeOne = version.StartsWith("RTSP/"u8) && version.Length is > 7 and < 16
            && version[5..].IndexOfAnyExcept(AsciiText.DigitsAndDot) < 0;
        return looksLikeOne ? RtspReadError.UnsupportedVersion : RtspReadError.BadStartLine;
    }

    private bool TryAddField(ReadOnlySpan<byte> head, ReadOnlySpan<byte> line)
    {
        var value = line;
        if (!AsciiText.TryTake(ref value, (byte)':', out var name) || !AsciiText.IsToken(name))
            return false;
        _fields[FieldCount++] = (ByteRange.Of(head, name), ByteRange.Of(head, AsciiText.Trim(value)));
        return true;
    }
}
