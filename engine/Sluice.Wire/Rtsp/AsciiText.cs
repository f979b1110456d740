using System.Buffers;

namespace Sluice.Wire.Rtsp;

/// <summary>The few text rules that RTSP headers share (RFC 2326 §15.1). Nothing here allocates or throws.</summary>
internal static class AsciiText
{
    public static readonly SearchValues<byte> DigitsAndDot = SearchValues.Create("0123456789."u8);

    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    /// <summary>Letters, digits and what addresses, host names and IPv6 zones are written with.</summary>
    public static readonly SearchValues<byte> AddressBytes = SearchValues.Create(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-_[]%"u8);

    public static readonly SearchValues<byte> Ipv6Bytes = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && text.IndexOfAnyExcept(TokenBytes) < 0;

    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t"u8);

    /// <summary>Takes what stands before the separator; false, and nothing taken, when there is none.</summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> rest, byte separator, out ReadOnlySpan<byte> part)
    {
        var at = rest.IndexOf(separator);
        part = at < 0 ? default : rest[..at];
        rest = at < 0 ? rest : rest[(at + 1)..];
        return at >= 0;
    }

    /// <summary>Takes the next element of a list, trimmed; separators inside quotes do not count. False when the list is used up.</summary>
    public static bool TryTakeElement(scoped ref ReadOnlySpan<byte> rest, byte separator, out ReadOnlySpan<byte> element)
    {
        element = default;
        if (rest.IsEmpty)
            return false;
        var quoted = false;
        var at = 0;
        for (; at < rest.Length && (quoted || rest[at] != separator); at++)
            quoted ^= rest[at] == '"';
        element = Trim(rest[..at]);
        rest = at < rest.Length ? rest[(at + 1)..] : default;
        return true;
    }

    /// <summary>Splits <c>name=value</c>; the value is empty when there is no equals sign, and loses its quotes.</summary>
    public static void SplitParameter(ReadOnlySpan<byte> parameter, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = parameter;
        if (!TryTake(ref value, (byte)'=', out name))
        {
            name = parameter;
            value = default;
        }
        name = Trim(name);
        value = Trim(value);
        if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
            value = value[1..^1];
    }

    /// <summary>Digits only, at least one: no sign, no space, no overflow.</summary>
    public static bool TryParseDigits(ReadOnlySpan<byte> text, ulong max, out ulong value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 19 || text.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        foreach (var digit in text)
            value = (value * 10) + (ulong)(digit - '0');
        return value <= max;
    }

    /// <summary>One to eight hexadecimal digits.</summary>
    public static bool TryParseHex32(ReadOnlySpan<byte> text, out uint value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 8)
            return false;
        foreach (var digit in text)
        {
            if (!char.IsAsciiHexDigit((char)digit))
                return false;
            value = (value << 4) | (uint)HexValue(digit);
        }
        return true;
    }

    public static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
