using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>How lost packets are sent again.</summary>
public enum RetransmitMode : byte
{
    Off,

    /// <summary>The same packet once more: same SSRC, same number (RFC 4585 leaves the how open; every receiver understands it).</summary>
    Same,

    /// <summary>As a stream of its own beside it (RFC 4588, SSRC-multiplexed).</summary>
    Rtx,
}

/// <summary>
/// One client's right to have packets again, and what became of it. The send thread's; the counters may be read by anyone and only grow.
/// </summary>
public sealed class RetransmitState(RetransmitMode mode, double share, long holdNs, uint rtxSsrc = 0, byte rtxPayloadType = 0)
{
    /// <summary>Packets whose answer is remembered; a power of two. A round trip of 100 ms at 12,000 packets/s and 20 % loss.</summary>
    private const int RecentMax = 256;

    /// <summary>Between two answers to one question when the round trip is not known yet, and the bounds of it when it is.</summary>
    private const long RepeatDefaultNs = 20_000_000, RepeatMinNs = 5_000_000, RepeatMaxNs = 500_000_000;

    /// <summary>
    /// A burst of losses may take a second's worth at once (with the default share that repairs an outage of 250 ms), and at least what
    /// two trains of a slow stream are.
    /// </summary>
    private const double BurstSeconds = 1, BurstBytesMin = 48_000;

    private readonly ulong[] _recent = new ulong[RecentMax];
    private double _bytes = double.MaxValue;
    private long _filledNs;

    public RetransmitMode Mode => mode;

    /// <summary>How long after a packet's own departure it may be asked for, ns: what the feed keeps it for.</summary>
    public long HoldNs => holdNs;
    public uint RtxSsrc => rtxSsrc;
    public byte RtxPayloadType => rtxPayloadType;

    /// <summary>What was sent again; not part of the client's own figures.</summary>
    public ClientProgress Progress { get; } = new();

    public long Answered, TooOld, NotSent, Repeated, RateLimited;

    internal ushort NextRtxSequence;

    /// <summary>Whether this packet was not sent again within the last round trip; then it is noted as sent now.</summary>
    internal bool TryNote(ushort sequence, long roundTripNs, MonotonicTime now)
    {
        var gapNs = roundTripNs == 0 ? RepeatDefaultNs : Math.Clamp(roundTripNs, RepeatMinNs, RepeatMaxNs);
        ref var recent = ref _recent[sequence & (RecentMax - 1)];
        // 48 bits of microseconds beside the number: nine years.
        var nowUs = (ulong)(now.Ns / 1000) & 0xFFFF_FFFF_FFFF;
        if ((ushort)recent == sequence && recent != 0 && nowUs - (recent >> 16) < (ulong)(gapNs / 1000))
            return false;
        recent = nowUs << 16 | sequence;
        return true;
    }

    /// <summary>Token bucket: the share of the media rate that may be sent again.</summary>
    internal bool TryTake(int bytes, double mediaBytesPerSecond, MonotonicTime now)
    {
        var rate = share * mediaBytesPerSecond;
        _bytes = Math.Min(_bytes + rate * (now.Ns - _filledNs) / 1e9, Math.Max(rate * BurstSeconds, BurstBytesMin));
        _filledNs = now.Ns;
        if (_bytes < bytes)
            return false;
        _bytes -= bytes;
        return true;
    }
}
