using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>One channel's rates over the last measured second, in and out.</summary>
internal sealed class ChannelRates
{
    private MonotonicTime _last;
    private long _inPackets, _inBytes, _outPackets, _outBytes;

    public long InPacketsPerSecond { get; private set; }
    public long InBitsPerSecond { get; private set; }
    public long OutPacketsPerSecond { get; private set; }
    public long OutBitsPerSecond { get; private set; }

    public void Measure(MonotonicTime now, long inPackets, long inBytes, long outPackets, long outBytes)
    {
        var seconds = (now - _last) / 1e9;
        if (_last.Ns != 0 && seconds > 0)
        {
            // A client that leaves takes its count with it: never show a negative rate for that.
            InPacketsPerSecond = Rate(inPackets - _inPackets, seconds);
            InBitsPerSecond = 8 * Rate(inBytes - _inBytes, seconds);
            OutPacketsPerSecond = Rate(outPackets - _outPackets, seconds);
            OutBitsPerSecond = 8 * Rate(outBytes - _outBytes, seconds);
        }
        (_last, _inPackets, _inBytes, _outPackets, _outBytes) = (now, inPackets, inBytes, outPackets, outBytes);
    }

    private static long Rate(long difference, double seconds) => (long)(Math.Max(difference, 0) / seconds);
}
