namespace Sluice.Control.Announce;

/// <summary>
/// When the announcements of one scope go out (RFC 2974 §3.1): together at most 4,000 bit/s, each session every
/// <c>interval</c> or more rarely, ± a third so that announcers do not fall into step. The first announcements of a session come
/// sooner and double their distance, so that a list that was opened a moment ago is soon complete. Times are arguments.
/// </summary>
/// <param name="intervalMinNs">How often a session is announced when there is bandwidth; the RFC's own is 300 s.</param>
/// <param name="seed">Of the jitter.</param>
public sealed class SapSchedule(long intervalMinNs, ulong seed)
{
    /// <summary>RFC 2974 §3.1: all announcements of a scope together.</summary>
    public const long BitsPerSecondMax = 4_000;

    /// <summary>Distance of a session's first two announcements.</summary>
    public const long FirstGapNs = 2_000_000_000;

    private const long NsPerSecond = 1_000_000_000;
    private ulong _random = seed;
    private long _freeNs;

    /// <summary>Whether the scope's bandwidth lets a packet go now.</summary>
    public bool HasRoom(long nowNs) => nowNs >= _freeNs;

    /// <summary>Accounts for one packet.</summary>
    public void OnSent(int bytes, long nowNs) => _freeNs = Math.Max(_freeNs, nowNs) + AirTimeNs(bytes);

    /// <summary>When a session that was just announced is to be announced again.</summary>
    /// <param name="sent">How many announcements of it have gone out, this one included.</param>
    /// <param name="allBytes">Bytes of one announcement of every session in the scope.</param>
    /// <param name="nowNs">Now.</param>
    public long NextNs(int sent, long allBytes, long nowNs)
    {
        var interval = Math.Max(intervalMinNs, AirTimeNs(allBytes));
        var early = sent < 32 ? FirstGapNs << (sent - 1) : long.MaxValue;
        if (early < interval)
            return nowNs + early;
        // RFC 2974 §3.1: offset = rand(interval × 2/3) − interval / 3.
        return nowNs + interval + (long)(Random() * interval * 2 / 3) - interval / 3;
    }

    private static long AirTimeNs(long bytes) => 8 * bytes * NsPerSecond / BitsPerSecondMax;

    // xorshift64*: announcers must only not be in step.
    private double Random()
    {
        _random = _random == 0 ? 1 : _random;
        _random ^= _random >> 12;
        _random ^= _random << 25;
        _random ^= _random >> 27;
        return (_random * 2685821657736338717 >> 11) / (double)(1L << 53);
    }
}
