using System.Globalization;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>The two ways in which RTSP writes time, read into nanoseconds and written back.</summary>
internal static class MediaTimeText
{
    private const long SecondNs = 1_000_000_000;
    private const ulong SecondsMax = 1_000_000_000;             // 31 years: far from overflow, beyond any recording

    /// <summary>RFC 2326 §3.6: seconds with a fraction, or hours:minutes:seconds with a fraction.</summary>
    public static bool TryParseNpt(ReadOnlySpan<byte> text, out long ns)
    {
        ns = 0;
        if (!TrySplitFraction(text, out var whole, out var fractionNs))
            return false;
        ulong hours = 0, minutes = 0;
        if (AsciiText.TryTake(ref whole, (byte)':', out var hourText)
            && (!AsciiText.TryParseDigits(hourText, SecondsMax / 3600, out hours)
                || !AsciiText.TryTake(ref whole, (byte)':', out var minuteText)
                || !AsciiText.TryParseDigits(minuteText, 59, out minutes) || whole.Length > 2 || !AsciiText.TryParseDigits(whole, 59, out _)))
            return false;
        if (!AsciiText.TryParseDigits(whole, SecondsMax, out var seconds))
            return false;
        ns = ((long)((hours * 3600) + (minutes * 60) + seconds) * SecondNs) + fractionNs;
        return true;
    }

    /// <summary>RFC 2326 §3.7: <c>19961108T142300.25Z</c>, years 1970–2261 (what nanoseconds in 64 bits hold).</summary>
    public static bool TryParseClock(ReadOnlySpan<byte> text, out long ns)
    {
        ns = 0;
        if (text.Length < 16 || text[8] != 'T' || text[^1] != 'Z' || !TrySplitFraction(text[9..^1], out var time, out var fractionNs)
            || time.Length != 6 || !AsciiText.TryParseDigits(text[..8], ulong.MaxValue, out var date)
            || !AsciiText.TryParseDigits(time, 235_959, out var clock))
            return false;
        var (year, month, day) = ((int)(date / 10_000), (int)(date / 100 % 100), (int)(date % 100));
        var (hour, minute, second) = ((int)(clock / 10_000), (int)(clock / 100 % 100), (int)(clock % 100));
        if (year is < 1970 or > 2261 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || minute > 59 || second > 59)
            return false;
        var ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks - DateTime.UnixEpoch.Ticks;
        ns = (ticks * 100) + fractionNs;
        return true;
    }

    public static string FormatNpt(long ns) =>
        (ns / SecondNs).ToString(CultureInfo.InvariantCulture) + FormatFraction(ns % SecondNs);

    public static string FormatClock(long ns) =>
        DateTime.UnixEpoch.AddSeconds(ns / SecondNs).ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture) + FormatFraction(ns % SecondNs) + "Z";

    /// <summary>Digits behind the ninth are finer than a nanosecond and are dropped.</summary>
    private static bool TrySplitFraction(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> whole, out long fractionNs)
    {
        fractionNs = 0;
        var fraction = text;
        if (!AsciiText.TryTake(ref fraction, (byte)'.', out whole))
        {
            whole = text;
            return true;
        }
        if (fraction.Length > 18 || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        for (var i = 0; i < 9; i++)
            fractionNs = (fractionNs * 10) + (i < fraction.Length ? fraction[i] - '0' : 0);
        return true;
    }

    private static string FormatFraction(long fractionNs) =>
        fractionNs == 0 ? "" : "." + fractionNs.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
}
