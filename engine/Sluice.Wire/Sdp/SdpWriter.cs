using System.Buffers;
using System.Text;

namespace Sluice.Wire.Sdp;

/// <summary>
/// Writes a session description in the order RFC 8866 §5 requires, lines ending in CRLF. A control character in any text
/// comes out as '?', so no value can start a line of its own.
/// </summary>
public static class SdpWriter
{
    public static void Write(IBufferWriter<byte> output, SdpSession session)
    {
        Line(output, 'v', "0");
        Line(output, 'o', session.Origin.ToString());
        Line(output, 's', session.Name.Length == 0 ? "-" : session.Name);       // RFC 8866 §5.3: never empty
        if (session.Information is { } information)
            Line(output, 'i', information);
        if (session.Connection is { } connection)
            Line(output, 'c', connection.ToString());
        Line(output, 't', "0 0");
        foreach (var attribute in session.Attributes)
            Line(output, 'a', attribute.ToString());
        foreach (var media in session.Media)
            Write(output, media);
    }

    /// <summary>The whole description as bytes.</summary>
    public static byte[] ToBytes(SdpSession session)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(output, session);
        return output.WrittenSpan.ToArray();
    }

    private static void Write(IBufferWriter<byte> output, SdpMedia media)
    {
        Line(output, 'm', media.ToString());
        if (media.Connection is { } connection)
            Line(output, 'c', connection.ToString());
        foreach (var attribute in media.Attributes)
            Line(output, 'a', attribute.ToString());
    }

    private static void Line(IBufferWriter<byte> output, char letter, string value)
    {
        output.Write([(byte)letter, (byte)'=']);
        var target = output.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Length));
        var written = Encoding.UTF8.GetBytes(value, target);
        target[..written].Replace((byte)'\r', (byte)'?');
        target[..written].Replace((byte)'\n', (byte)'?');
        target[..written].Replace((byte)0, (byte)'?');
        output.Advance(written);
        output.Write("\r\n"u8);
    }
}
