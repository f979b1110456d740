using System.Text;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>
/// Features without which the client will not go on (RFC 2326 §12.32, Proxy-Require §12.27), and the answer to those that are
/// missing (Unsupported, §12.41). Only tokens are read, so quoting them back is safe.
/// </summary>
/// <param name="Tags">Comma-separated tokens, at most <see cref="RtspLimits.OptionTagsMax"/>.</param>
public readonly record struct RequireHeader(string Tags)
{
    private const int TagMax = 64;

    public static ReadOnlySpan<byte> Name => "Require"u8;
    public static ReadOnlySpan<byte> ProxyName => "Proxy-Require"u8;
    public static ReadOnlySpan<byte> UnsupportedName => "Unsupported"u8;

    public static bool TryParse(ReadOnlySpan<byte> value, out RequireHeader header)
    {
        header = default;
        var tags = new List<string>();
        var rest = value;
        while (AsciiText.TryTakeElement(ref rest, (byte)',', out var tag))
        {
            if (!AsciiText.IsToken(tag) || tag.Length > TagMax || tags.Count == RtspLimits.OptionTagsMax)
                return false;
            tags.Add(Encoding.ASCII.GetString(tag));
        }
        header = new RequireHeader(string.Join(", ", tags));
        return tags.Count > 0;
    }

    public override string ToString() => Tags;
}
