using System.Globalization;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>The request's number, quoted in its answer (RFC 2326 §12.17). VLC begins at 0. A number, never text, so nothing else can be reflected.</summary>
public readonly record struct CSeqHeader(uint Number)
{
    public const uint NumberMax = 1u << 31;

    public static ReadOnlySpan<byte> Name => "CSeq"u8;

    public static bool TryParse(ReadOnlySpan<byte> value, out CSeqHeader header)
    {
        var valid = AsciiText.TryParseDigits(value, NumberMax, out var number);
        header = new CSeqHeader(valid ? (uint)number : 0);
        return valid;
    }

    public override string ToString() => Number.ToString(CultureInfo.InvariantCulture);
}
