using System.Buffers;
using System.Globalization;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Wire.Rtsp;

/// <summary>
/// Writes one RTSP message: <see cref="Response"/> or <see cref="Request"/>, then headers, then one of the two ends.
/// Text that holds anything but visible ASCII and spaces comes out with '?' in its place, so no value can start a new line.
/// </summary>
public readonly ref struct RtspWriter
{
    private readonly IBufferWriter<byte> _output;

    private RtspWriter(IBufferWriter<byte> output) => _output = output;

    /// <summary>Status line and, when known, CSeq (RFC 2326 §7.1, §12.17). The reason phrase may be our own (§7.1.1): null = the RFC's.</summary>
    public static RtspWriter Response(IBufferWriter<byte> output, RtspStatus status, CSeqHeader? cseq, string? reason = null)
    {
        var writer = new RtspWriter(output);
        output.Write("RTSP/1.0 "u8);
        writer.Text(((int)status).ToString(CultureInfo.InvariantCulture));
        output.Write(" "u8);
        writer.Text(reason ?? status.Reason());
        output.Write("\r\n"u8);
        if (cseq is { } known)
            writer.Header(CSeqHeader.Name, known.ToString());
        return writer;
    }

    /// <summary>Request line and CSeq (RFC 2326 §6.1, §12.17).</summary>
    public static RtspWriter Request(IBufferWriter<byte> output, RtspMethod method, string url, CSeqHeader cseq)
    {
        var writer = new RtspWriter(output);
        writer.Text(method.Name());
        output.Write(" "u8);
        writer.Text(url);
        output.Write(" RTSP/1.0\r\n"u8);
        writer.Header(CSeqHeader.Name, cseq.ToString());
        return writer;
    }

    /// <summary>One header. The name goes out to the letter: VLC compares it with regard to case.</summary>
    public void Header(ReadOnlySpan<byte> name, ReadOnlySpan<char> value)
    {
        _output.Write(name);
        _output.Write(": "u8);
        Text(value);
        _output.Write("\r\n"u8);
    }

    public void End() => _output.Write("\r\n"u8);

    /// <summary>Content-Type, Content-Length, the empty line and the body.</summary>
    public void EndWithBody(ReadOnlySpan<char> contentType, ReadOnlySpan<byte> body)
    {
        Header("Content-Type"u8, contentType);
        Header(ContentLengthHeader.Name, new ContentLengthHeader((ulong)body.Length).ToString());
        End();
        _output.Write(body);
    }

    private void Text(ReadOnlySpan<char> text)
    {
        var target = _output.GetSpan(Math.Max(1, text.Length));
        for (var i = 0; i < text.Length; i++)
            target[i] = text[i] is >= ' ' and <= '~' ? (byte)text[i] : (byte)'?';
        _output.Advance(text.Length);
    }
}
