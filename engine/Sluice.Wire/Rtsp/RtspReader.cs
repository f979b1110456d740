using System.Buffers;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Wire.Rtsp;

/// <summary>What <see cref="RtspReader.Read"/> found.</summary>
public enum RtspReadResult
{
    /// <summary>Nothing is complete yet; what is left must come again, with more behind it.</summary>
    NeedMore,
    /// <summary>See <see cref="RtspReader.Message"/>.</summary>
    Request,
    /// <summary>See <see cref="RtspReader.Message"/>.</summary>
    Response,
    /// <summary>See <see cref="RtspReader.Frame"/>.</summary>
    Interleaved,
    /// <summary>See <see cref="RtspReader.Error"/>: the stream cannot be read on.</summary>
    Error,
}

/// <summary>
/// Cuts one connection's byte stream into RTSP messages and interleaved frames. One per connection and direction, one thread.
/// What it yields is seen in place when it stands in one segment, in a private copy otherwise.
/// </summary>
public sealed class RtspReader
{
    private const int KeptCopyBytesMax = RtspLimits.HeadBytesMax;

    private readonly RtspHead _head = new();
    private RtspHeadScanner _scanner;
    private ReadOnlyMemory<byte> _item;
    private byte[] _copy = [];
    private int _headLength;
    private int _bodyLength;
    private bool _awaitsBody;

    public RtspReadError Error { get; private set; }

    /// <summary>True between the first byte of an item and its last: the caller limits the time a peer may take for that.</summary>
    public bool IsMidItem { get; private set; }

    /// <summary>After an error: whether the head was readable, so that <see cref="Message"/> (without body) may be asked for its CSeq.</summary>
    public bool HasHead { get; private set; }

    /// <summary>Valid after Request, Response, or an error with <see cref="HasHead"/>, until the next read.</summary>
    public RtspMessage Message => new(_item.Span, _headLength, _head);

    /// <summary>Valid after Interleaved, until the next read.</summary>
    public InterleavedFrame Frame => new(_item.Span[1], _item.Span[InterleavedFrame.HeaderBytes..]);

    /// <summary>
    /// Takes the next item off the front of <paramref name="input"/>. After NeedMore the bytes left in it must come again with
    /// more behind them.
    /// </summary>
    public RtspReadResult Read(ref ReadOnlySequence<byte> input)
    {
        if (Error != RtspReadError.None)
            return RtspReadResult.Error;
        var atStart = _scanner.Length == 0;
        if (atStart)
            SkipEmptyLines(ref input);
        IsMidItem = !input.IsEmpty;
        if (input.IsEmpty)
            return RtspReadResult.NeedMore;
        var first = FirstByte(input);
        if (atStart && first == InterleavedFrame.Marker)
            return ReadFrame(ref input);
        return atStart && first == '\r' && input.Length == 1 ? RtspReadResult.NeedMore : ReadMessage(ref input);
    }

    private static byte FirstByte(in ReadOnlySequence<byte> input)
    {
        new SequenceReader<byte>(input).TryPeek(out var first);
        return first;
    }

    /// <summary>RFC 2326 §4.1: empty lines before a message do not count.</summary>
    private static void SkipEmptyLines(ref ReadOnlySequence<byte> input)
    {
        var reader = new SequenceReader<byte>(input);
        while (reader.IsNext("\r\n"u8, advancePast: true))
        {
        }
        input = reader.UnreadSequence;
    }

    private RtspReadResult ReadFrame(ref ReadOnlySequence<byte> input)
    {
        if (input.Length < InterleavedFrame.HeaderBytes)
            return RtspReadResult.NeedMore;
        Span<byte> header = stackalloc byte[InterleavedFrame.HeaderBytes];
        input.Slice(0, InterleavedFrame.HeaderBytes).CopyTo(header);
        var length = InterleavedFrame.HeaderBytes + InterleavedFrame.ReadHeader(header).PayloadLength;
        if (input.Length < length)
            return RtspReadResult.NeedMore;
        See(input, length);
        return Finish(ref input, length, RtspReadResult.Interleaved);
    }

    private RtspReadResult ReadMessage(ref ReadOnlySequence<byte> input)
    {
        if (!_awaitsBody)
        {
            Error = ReadHead(input);
            if (Error != RtspReadError.None)
                return RtspReadResult.Error;
            if (!_scanner.IsComplete)
                return RtspReadResult.NeedMore;
        }
        var length = _headLength + _bodyLength;
        _awaitsBody = input.Length < length;
        if (_awaitsBody)
            return RtspReadResult.NeedMore;
        See(input, length);
        return Finish(ref input, length, _head.IsRequest ? RtspReadResult.Request : RtspReadResult.Response);
    }

    private RtspReadError ReadHead(in ReadOnlySequence<byte> input)
    {
        HasHead = false;
        var error = _scanner.Advance(input);
        if (error != RtspReadError.None || !_scanner.IsComplete)
            return error;
        _headLength = _scanner.Length;
        See(input, _headLength);
        error = _head.Parse(_item.Span);
        HasHead = error is RtspReadError.None or RtspReadError.UnsupportedVersion;
        return error == RtspReadError.None ? ReadBodyLength() : error;
    }

    /// <summary>RFC 2326 §12.14, read strictly: whoever reads this number otherwise than we do would cut the stream elsewhere.</summary>
    private RtspReadError ReadBodyLength()
    {
        _bodyLength = 0;
        if (!Message.TryGetHeader(ContentLengthHeader.Name, out var text))
            return RtspReadError.None;
        if (Message.CountHeader(ContentLengthHeader.Name) > 1 || !ContentLengthHeader.TryParse(text, out var header))
            return RtspReadError.BadContentLength;
        if (header.Bytes > RtspLimits.BodyBytesMax)
            return RtspReadError.BodyTooLarge;
        _bodyLength = (int)header.Bytes;
        return RtspReadError.None;
    }

    /// <summary>Makes the first bytes one contiguous view: in place when one segment holds them, copied otherwise.</summary>
    private void See(in ReadOnlySequence<byte> input, int length)
    {
        if (_copy.Length > KeptCopyBytesMax)
            _copy = [];                                        // an idle connection does not keep what one large body needed
        var wanted = input.Slice(0, length);
        if (wanted.IsSingleSegment)
        {
            _item = wanted.First;
            return;
        }
        if (_copy.Length < length)
            _copy = new byte[Math.Max(1024, length)];
        wanted.CopyTo(_copy);
        _item = _copy.AsMemory(0, length);
    }

    private RtspReadResult Finish(ref ReadOnlySequence<byte> input, int length, RtspReadResult result)
    {
        input = input.Slice(length);
        _scanner = default;
        IsMidItem = false;
        return result;
    }
}
