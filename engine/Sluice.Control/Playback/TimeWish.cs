using System.Globalization;
using Sluice.Control.Configuration;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Playback;

/// <summary>
/// What an HTTP viewer's URL says of time, in the forms that IPTV players write: <c>offset</c>; <c>start</c> and <c>end</c> or <c>duration</c>;
/// <c>utc</c>, <c>utcend</c> and <c>lutc</c> (Kodi, TiviMate: "shift" and "append"); and the last part of Flussonic's paths.
/// </summary>
/// <param name="OffsetNs">Behind now; null = not said.</param>
/// <param name="StartNs">Wall ns; null = not said.</param>
/// <param name="EndNs">Wall ns; null = open.</param>
public readonly record struct TimeWish(long? OffsetNs = null, long? StartNs = null, long? EndNs = null)
{
    public const string Form = "offset=60s, or start= and end= as 2026-11-26T12:00:00Z, 20261126120000 (UTC) or Unix seconds";

    private const long SecondNs = 1_000_000_000, OffsetMaxNs = KeepConfig.WindowMaxNs;

    private static readonly string[] s_starts = ["start", "utc"], s_ends = ["end", "utcend"];

    /// <summary>Nothing is said: the channel as it is now.</summary>
    public bool IsLive => OffsetNs is null or 0 && StartNs is null;

    /// <summary>
    /// Reads a query; what is not about time is passed over, and so are empty values, which players send for "now". Null, or what is wrong for
    /// people.
    /// </summary>
    public static string? Read(Func<string, string?> query, out TimeWish wish)
    {
        wish = default;
        if (query("offset") is { Length: > 0 } offset)
        {
            if (!TryReadOffset(offset, out var offsetNs))
                return $"offset={offset} is no time to be behind now";
            wish = new TimeWish(offsetNs);
        }
        if (ReadTime(query, s_starts, out var startNs) is { } wrong || (wrong = ReadTime(query, s_ends, out var endNs)) is not null)
            return wrong;
        if (startNs is null)
            return endNs is null ? null : "an end needs a start";
        if (wish.OffsetNs is not null)
            return "offset and start exclude each other";
        if (query("duration") is { Length: > 0 } duration)
        {
            if (endNs is not null || !TryReadOffset(duration, out var durationNs))
                return $"duration={duration} is no length of time, or there is an end beside it";
            endNs = startNs + durationNs;
        }
        wish = new TimeWish(null, startNs, endNs);
        return null;
    }

    /// <summary>
    /// Reads what stands behind the channel in Flussonic's paths: <c>timeshift_abs-START.ts</c>, <c>timeshift_rel-SECONDS.ts</c>,
    /// <c>archive-START-SECONDS.ts</c>, and <c>mpegts</c> for now. False for anything else.
    /// </summary>
    public static bool TryReadPath(string last, out TimeWish wish)
    {
        wish = default;
        if (last == "mpegts")
            return true;
        if (!last.EndsWith(".ts", StringComparison.Ordinal))
            return false;
        var parts = last[..^3].Split('-');
        if (parts is ["timeshift_rel", var behind] && TryReadOffset(behind, out var offsetNs))
            wish = new TimeWish(offsetNs);
        else if (parts is ["timeshift_abs", var from] && TryReadUnix(from, out var startNs))
            wish = new TimeWish(null, startNs);
        else if (parts is ["archive", var first, var length] && TryReadUnix(first, out startNs) && TryReadOffset(length, out var lengthNs))
            wish = new TimeWish(null, startNs, startNs + lengthNs);
        else
            return false;
        return true;
    }

    /// <summary>The same as a PLAY would say it, so that both are judged alike. Of an asset, start and end count from its beginning.</summary>
    public PlayAsk Ask(in MediaSpan span) => !IsLive ? new PlayAsk(new RangeHeader(span.Unit, StartNs ?? span.EndNs - OffsetNs, EndNs))
        : span.IsChannel ? new PlayAsk(RangeHeader.Live) : default;

    private static string? ReadTime(Func<string, string?> query, string[] names, out long? ns)
    {
        ns = null;
        foreach (var name in names)
        {
            if (query(name) is not { Length: > 0 } text)
                continue;
            if (ns is not null)
                return $"{names[0]} and {name} say the same thing twice";
            if (!TryReadTime(text, out var read))
                return $"{name}={text} is no time";
            ns = read;
        }
        return null;
    }

    internal static bool TryReadTime(string text, out long ns)
    {
        if (TryReadUnix(text, out ns))
            return true;
        // A plus sign in a query is a blank unless it was escaped, which nobody remembers to do.
        if (text.Length > 6 && text[^6] == ' ' && text[^3] == ':')
            text = $"{text[..^6]}+{text[^5..]}";
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParseExact(text, s_timeForms, CultureInfo.InvariantCulture, Utc, out var time) || time < s_first || time > s_last)
            return false;
        ns = (time - DateTimeOffset.UnixEpoch).Ticks * 100;
        return true;
    }

    private static readonly string[] s_timeForms =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyyMMdd'T'HHmmss'Z'", "yyyyMMdd'T'HHmmss.FFFFFFF'Z'", "yyyyMMddHHmmss"];

    private static readonly DateTimeOffset s_first = DateTimeOffset.UnixEpoch, s_last = new(2261, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Up to twelve digits before the point: seconds until the year 33658, and no yyyyMMddHHmmss.
    private static bool TryReadUnix(string text, out long ns)
    {
        ns = 0;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds >= long.MaxValue / SecondNs)
            return false;
        ns = (long)(seconds * SecondNs);
        return true;
    }

    internal static bool TryReadOffset(string text, out long ns)
    {
        if (!TryReadUnix(text, out ns))
        {
            if (!Quantities.TryParseDuration(text.EndsWith('m') ? text + "in" : text, out ns))
                return false;
        }
        return ns <= OffsetMaxNs;
    }
}
