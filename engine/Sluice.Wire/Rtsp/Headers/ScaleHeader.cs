using System.Buffers.Text;
using System.Globalization;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>Viewing rate: 1 is normal, negative is backwards (RFC 2326 §12.34).</summary>
public readonly record struct ScaleHeader(double Factor)
{
    private const int DigitsMax = 16;

    public static ReadOnlySpan<byte> Name => "Scale"u8;

    /// <summary>RFC 2326 §12.34: ["-"] 1*DIGIT ["." *DIGIT]; no exponents, no infinities.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out ScaleHeader header)
    {
        header = default;
        var unsigned = value.StartsWith("-"u8) ? value[1..] : value;
        if (unsigned.IsEmpty || unsigned.Length > DigitsMax || !char.IsAsciiDigit((char)unsigned[0])
            || unsigned.IndexOfAnyExcept(AsciiText.DigitsAndDot) >= 0)
            return false;
        if (!Utf8Parser.TryParse(value, out double factor, out var used) || used != value.Length)
            return false;
        header = new ScaleHeader(factor);
        return true;
    }

    public override string ToString() => Factor.ToString("0.######", CultureInfo.InvariantCulture);
}
