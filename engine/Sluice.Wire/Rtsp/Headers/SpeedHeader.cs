using System.Text;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>
/// How much faster than it is viewed the media should be delivered (RFC 2326 §12.35), or between which bounds (RFC 7826 §18.50). A server may
/// answer with another: ours delivers at the speed of the media.
/// </summary>
/// <param name="Lowest">More than 0.</param>
/// <param name="Highest">The same as the lowest where only one is given.</param>
public readonly record struct SpeedHeader(double Lowest, double Highest)
{
    public SpeedHeader(double speed) : this(speed, speed) { }

    public static ReadOnlySpan<byte> Name => "Speed"u8;

    public static bool TryParse(ReadOnlySpan<byte> value, out SpeedHeader header)
    {
        header = default;
        var highest = value;
        var isBounded = AsciiText.TryTake(ref highest, (byte)'-', out var lowest);
        if (!ScaleHeader.TryParse(AsciiText.Trim(isBounded ? lowest : value), out var from) || from.Factor <= 0)
            return false;
        var to = from;
        if (isBounded && !ScaleHeader.TryParse(AsciiText.Trim(highest), out to))
            return false;
        header = new SpeedHeader(from.Factor, to.Factor);
        return to.Factor >= from.Factor;
    }

    public override string ToString() => Lowest.Equals(Highest) ? new ScaleHeader(Lowest).ToString() : $"{new ScaleHeader(Lowest)}-{new ScaleHeader(Highest)}";
}
