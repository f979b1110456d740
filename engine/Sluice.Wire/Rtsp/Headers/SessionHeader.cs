using System.Globalization;
using System.Text;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>The session's id and, in answers, the seconds it lives without a sign of life (RFC 2326 §12.37, §3.4).</summary>
public readonly record struct SessionHeader(string Id, int? TimeoutSeconds = null)
{
    private const int IdMax = 128;

    /// <summary>What a session without a timeout parameter lives: 60 s (RFC 2326 §12.37).</summary>
    public const int DefaultTimeoutSeconds = 60;

    public static ReadOnlySpan<byte> Name => "Session"u8;

    public static bool TryParse(ReadOnlySpan<byte> value, out SessionHeader header)
    {
        header = default;
        var rest = value;
        if (!AsciiText.TryTakeElement(ref rest, (byte)';', out var id) || id.IsEmpty || id.Length > IdMax || !IsSafe(id))
            return false;
        int? timeoutSeconds = null;
        while (AsciiText.TryTakeElement(ref rest, (byte)';', out var parameter))
        {
            AsciiText.SplitParameter(parameter, out var name, out var text);
            if (!Ascii.EqualsIgnoreCase(name, "timeout"u8))
                continue;
            if (timeoutSeconds is not null || !AsciiText.TryParseDigits(text, int.MaxValue, out var seconds))
                return false;
            timeoutSeconds = (int)seconds;
        }
        header = new SessionHeader(Encoding.ASCII.GetString(id), timeoutSeconds);
        return true;
    }

    /// <summary>RFC 2326 §15.1: ALPHA, DIGIT, "$-_.+".</summary>
    private static bool IsSafe(ReadOnlySpan<byte> id)
    {
        foreach (var octet in id)
            if (!char.IsAsciiLetterOrDigit((char)octet) && !"$-_.+"u8.Contains(octet))
                return false;
        return true;
    }

    public override string ToString() =>
        TimeoutSeconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{Id};timeout={seconds}") : Id;
}
