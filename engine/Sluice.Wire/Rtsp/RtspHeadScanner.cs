using System.Buffers;

namespace Sluice.Wire.Rtsp;

/// <summary>
/// Finds the end of a message head without looking at any byte twice, however the bytes are cut into segments.
/// Errors are found strictly in byte order, so the cut never changes the outcome.
/// </summary>
internal struct RtspHeadScanner
{
    private int _lineStart;
    private int _lines;
    private bool _afterCarriageReturn;

    /// <summary>Bytes examined so far; when <see cref="IsComplete"/>, the length of the head with its empty line.</summary>
    public int Length { get; private set; }

    public bool IsComplete { get; private set; }

    /// <summary>Examines what follows the bytes examined before; <paramref name="message"/> begins at the message's first byte.</summary>
    public RtspReadError Advance(in ReadOnlySequence<byte> message)
    {
        foreach (var segment in message.Slice(Length))
            foreach (var octet in segment.Span)
            {
                var error = Step(octet);
                if (error != RtspReadError.None || IsComplete)
                    return error;
            }
        return RtspReadError.None;
    }

    private RtspReadError Step(byte octet)
    {
        if (Length == RtspLimits.HeadBytesMax)
            return RtspReadError.HeadTooLong;
        var error = _afterCarriageReturn ? EndLine(octet) : Length == 0 ? First(octet) : Within(octet);
        Length++;
        return error;
    }

    /// <summary>A message begins with a method or with "RTSP/": anything but a letter is another protocol, known at its first byte.</summary>
    private static RtspReadError First(byte octet)
    {
        const byte TlsHandshake = 0x16;                        // RFC 8446 §5.1: ContentType of a ClientHello
        if (octet == TlsHandshake)
            return RtspReadError.TlsOnRtspPort;
        return char.IsAsciiLetter((char)octet) ? RtspReadError.None : RtspReadError.BadStartLine;
    }

    private RtspReadError Within(byte octet)
    {
        if (octet == '\r')
        {
            _afterCarriageReturn = true;
            return RtspReadError.None;
        }
        if (octet == '\n')
            return RtspReadError.BareLineFeed;
        if ((octet < ' ' && octet != '\t') || octet == 0x7F)
            return RtspReadError.ForbiddenByte;
        if (Length == _lineStart && octet is (byte)' ' or (byte)'\t')
            return RtspReadError.FoldedLine;
        if (Length - _lineStart == RtspLimits.LineBytesMax)
            return _lines == 0 ? RtspReadError.StartLineTooLong : RtspReadError.HeaderLineTooLong;
        return RtspReadError.None;
    }

    private RtspReadError EndLine(byte octet)
    {
        if (octet != '\n')
            return RtspReadError.BareCarriageReturn;
        _afterCarriageReturn = false;
        IsComplete = Length - 1 == _lineStart;
        _lineStart = Length + 1;
        if (!IsComplete && ++_lines > RtspLimits.HeaderCountMax + 1)
            return RtspReadError.TooManyHeaders;
        return RtspReadError.None;
    }
}
