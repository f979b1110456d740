using System.Text;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>The clock a range is told in.</summary>
public enum RangeUnit
{
    /// <summary>Normal play time: nanoseconds from the start of the presentation (RFC 2326 §3.6).</summary>
    Npt,
    /// <summary>Absolute time: nanoseconds since 1970-01-01 UTC (RFC 2326 §3.7).</summary>
    Clock,
}

/// <summary>
/// The stretch to play (RFC 2326 §12.29, and what RFC 7826 §4.4 adds: an open start of clock ranges). SMPTE time codes (§3.5) are not read: no feed
/// of ours is counted in frames.
/// </summary>
/// <param name="Unit">The clock of both edges.</param>
/// <param name="StartNs">In the unit's nanoseconds; null where the range begins "now" or does not say.</param>
/// <param name="EndNs">Null when open.</param>
/// <param name="StartsNow"><c>npt=now-</c>, and <c>clock=now-</c> as some write it: the live edge.</param>
public readonly record struct RangeHeader(RangeUnit Unit, long? StartNs, long? EndNs = null, bool StartsNow = false)
{
    /// <summary>From the live edge on.</summary>
    public static readonly RangeHeader Live = new(RangeUnit.Npt, null, null, StartsNow: true);

    public static ReadOnlySpan<byte> Name => "Range"u8;

    /// <summary>The header that tells which units are read (RFC 7826 §18.5), with <see cref="Units"/> as its value.</summary>
    public static ReadOnlySpan<byte> UnitsName => "Accept-Ranges"u8;

    public const string Units = "npt, clock";

    /// <summary>Reads the range; parameters behind it (<c>;time=</c>) are passed over.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out RangeHeader header)
    {
        header = default;
        if (!AsciiText.TryTakeElement(ref value, (byte)';', out var range) || !AsciiText.TryTake(ref range, (byte)'=', out var unit))
            return false;
        unit = AsciiText.Trim(unit);
        range = AsciiText.Trim(range);
        if (Ascii.EqualsIgnoreCase(unit, "npt"u8))
            return TryParse(range, RangeUnit.Npt, out header);
        return Ascii.EqualsIgnoreCase(unit, "clock"u8) && TryParse(range, RangeUnit.Clock, out header);
    }

    /// <summary>Whether a value that cannot be read is a range in some other unit, as <c>smpte-25</c>.</summary>
    public static bool HasOtherUnit(ReadOnlySpan<byte> value)
    {
        if (!AsciiText.TryTake(ref value, (byte)'=', out var unit) || value.IsEmpty)
            return false;
        unit = AsciiText.Trim(unit);
        return AsciiText.IsToken(unit) && !Ascii.EqualsIgnoreCase(unit, "npt"u8) && !Ascii.EqualsIgnoreCase(unit, "clock"u8);
    }

    private static bool TryParse(ReadOnlySpan<byte> range, RangeUnit unit, out RangeHeader header)
    {
        header = default;
        if (!AsciiText.TryTake(ref range, (byte)'-', out var start))
            return false;
        var now = Ascii.EqualsIgnoreCase(start, "now"u8);
        if (!TryParseEdge(now ? default : start, unit, out var startNs) || !TryParseEdge(range, unit, out var endNs))
            return false;
        header = new RangeHeader(unit, startNs, endNs, now);
        return now || startNs is not null || endNs is not null;      // "npt=-" says nothing at all
    }

    private static bool TryParseEdge(ReadOnlySpan<byte> text, RangeUnit unit, out long? ns)
    {
        ns = null;
        if (text.IsEmpty)
            return true;
        long value;
        if (unit == RangeUnit.Npt ? !MediaTimeText.TryParseNpt(text, out value) : !MediaTimeText.TryParseClock(text, out value))
            return false;
        ns = value;
        return true;
    }

    public override string ToString() => Unit == RangeUnit.Npt
        ? $"npt={(StartsNow ? "now" : Text(StartNs))}-{Text(EndNs)}"
        : $"clock={(StartsNow ? "now" : Text(StartNs))}-{Text(EndNs)}";

    private string Text(long? ns) =>
        ns is not { } known ? "" : Unit == RangeUnit.Npt ? MediaTimeText.FormatNpt(known) : MediaTimeText.FormatClock(known);
}
