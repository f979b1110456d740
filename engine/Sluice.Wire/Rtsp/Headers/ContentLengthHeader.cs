using System.Globalization;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>Bytes of the body (RFC 2326 §12.14): digits only.</summary>
public readonly record struct ContentLengthHeader(ulong Bytes)
{
    public static ReadOnlySpan<byte> Name => "Content-Length"u8;

    /// <summary>False for signs, spaces, lists. A number of more than 19 digits is a number still, and counts as the largest.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out ContentLengthHeader header)
    {
        header = new ContentLengthHeader(ulong.MaxValue);
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        if (AsciiText.TryParseDigits(value, ulong.MaxValue, out var bytes))
            header = new ContentLengthHeader(bytes);
        return true;
    }

    public override string ToString() => Bytes.ToString(CultureInfo.InvariantCulture);
}
