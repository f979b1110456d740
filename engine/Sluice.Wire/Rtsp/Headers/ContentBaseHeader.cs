using System.Text;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>What relative URLs in the body are relative to (RFC 2326 §12.11, C.1.1). Clients append to it, so ours ends in a slash.</summary>
public readonly record struct ContentBaseHeader(string Url)
{
    private const int UrlMax = 2048;

    public static ReadOnlySpan<byte> Name => "Content-Base"u8;

    public static bool TryParse(ReadOnlySpan<byte> value, out ContentBaseHeader header)
    {
        header = default;
        if (value.IsEmpty || value.Length > UrlMax || value.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            return false;
        header = new ContentBaseHeader(Encoding.ASCII.GetString(value));
        return true;
    }

    public override string ToString() => Url;
}
