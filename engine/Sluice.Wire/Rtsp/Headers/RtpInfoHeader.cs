using System.Globalization;
using System.Text;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>Where one track's packets begin (one element of RTP-Info, RFC 2326 §12.33).</summary>
/// <param name="Url">The track's control URL.</param>
/// <param name="FirstSequence">Sequence number of the first packet that PLAY sends.</param>
/// <param name="FirstTimestamp">RTP timestamp that corresponds to the start of the range.</param>
public readonly record struct RtpInfoHeader(string Url, ushort? FirstSequence, uint? FirstTimestamp)
{
    public static ReadOnlySpan<byte> Name => "RTP-Info"u8;

    /// <summary>Takes the next track's element off the header's value; false at its end or at an element that is malformed.</summary>
    public static bool TryReadNext(ref ReadOnlySpan<byte> rest, out RtpInfoHeader header)
    {
        header = default;
        return AsciiText.TryTakeElement(ref rest, (byte)',', out var element) && TryParse(element, out header);
    }

    public static bool TryParse(ReadOnlySpan<byte> element, out RtpInfoHeader header)
    {
        header = default;
        string? url = null;
        ushort? sequence = null;
        uint? timestamp = null;
        while (AsciiText.TryTakeElement(ref element, (byte)';', out var parameter))
        {
            AsciiText.SplitParameter(parameter, out var name, out var value);
            if (Ascii.EqualsIgnoreCase(name, "url"u8) && url is null && IsUrl(value))
                url = Encoding.ASCII.GetString(value);
            else if (Ascii.EqualsIgnoreCase(name, "seq"u8) && sequence is null && AsciiText.TryParseDigits(value, ushort.MaxValue, out var number))
                sequence = (ushort)number;
            else if (Ascii.EqualsIgnoreCase(name, "rtptime"u8) && timestamp is null && AsciiText.TryParseDigits(value, uint.MaxValue, out number))
                timestamp = (uint)number;
            else
                return false;
        }
        header = new RtpInfoHeader(url ?? "", sequence, timestamp);
        return url is not null;
    }

    private static bool IsUrl(ReadOnlySpan<byte> value) => !value.IsEmpty && !value.ContainsAnyExceptInRange((byte)'!', (byte)'~');

    public override string ToString()
    {
        var text = $"url={Url}";
        if (FirstSequence is { } sequence)
            text += string.Create(CultureInfo.InvariantCulture, $";seq={sequence}");
        if (FirstTimestamp is { } timestamp)
            text += string.Create(CultureInfo.InvariantCulture, $";rtptime={timestamp}");
        return text;
    }
}
