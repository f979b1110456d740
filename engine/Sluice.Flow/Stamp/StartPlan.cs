using Sluice.Wire.RandomAccess;

namespace Sluice.Flow;

/// <summary>How clients of a feed may begin before their own place in it, at a random access point.</summary>
/// <param name="Codec">How access points are found.</param>
/// <param name="WindowNs">How far before its own place (now − delay) a client may begin: the longest GOP that helps.</param>
/// <param name="Rate">How fast it catches up, in media seconds a second; above 1.</param>
public sealed record StartPlan(AccessCodec Codec, long WindowNs, double Rate)
{
    /// <summary>Packets a second that history is sized for: 21 Mbit/s in datagrams of seven TS packets. A faster feed keeps a shorter time.</summary>
    public const int PacketsPerSecond = 2_048;

    /// <summary>Packets kept for starting clients at most, beyond what playing ones need: this feed's share of the slab.</summary>
    public int PacketsMax => (int)Math.Ceiling(WindowNs / 1e9 * PacketsPerSecond);
}
