using Sluice.Control.Configuration;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>One configured source as the engine numbers it: one receiver for each track that it may bring.</summary>
/// <param name="Url">As configured.</param>
/// <param name="First">Index in the engine of its first track's receiver; the other tracks' follow.</param>
/// <param name="Count">1, or the channel's tracks where it brings a session.</param>
internal sealed record LiveSource(SourceUrl Url, int First, int Count)
{
    /// <summary>As people are shown it.</summary>
    public string Shown { get; } = Url.ToString();

    /// <summary>When the last packet of any of its tracks came; 0 before the first.</summary>
    public long LastPacketNs(EngineCore<DatagramSocket> core)
    {
        var last = 0L;
        for (var i = First; i < First + Count; i++)
            last = Math.Max(last, Volatile.Read(ref core.SourceCounters(i).LastPacketNs));
        return last;
    }

    /// <summary>A figure of all its tracks together.</summary>
    public long Sum(EngineCore<DatagramSocket> core, Func<SourceCounters, long> read)
    {
        var sum = 0L;
        for (var i = First; i < First + Count; i++)
            sum += read(core.SourceCounters(i));
        return sum;
    }

    /// <summary>The channel's sources, one after the other.</summary>
    public static IReadOnlyList<LiveSource> Number(ChannelConfig config, int first)
    {
        var sources = new List<LiveSource>();
        foreach (var url in config.Sources)
        {
            var count = url.IsSession ? config.Tracks : 1;
            sources.Add(new LiveSource(url, first, count));
            first += count;
        }
        return sources;
    }
}
