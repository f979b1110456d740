using System.Collections.Concurrent;
using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// What this engine itself sends, feed by feed, so that a source can tell its own channel's output from a stream (RFC 3550 §8.2,
/// reliability.md X8). Another channel's output is no loop: that is a chain. Written by control threads, read by ingest, which
/// asks only about strangers.
/// </summary>
public sealed class OwnOutputs
{
    // RTP tells itself by its SSRC, a bare transport stream only by where it comes from and goes to.
    private readonly ConcurrentDictionary<(int Feed, uint Ssrc), int> _ssrcs = new();
    private readonly ConcurrentDictionary<(int Feed, ushort Port), int> _rawPorts = new();
    private volatile HashSet<DatagramAddress> _addresses = [];

    /// <param name="feed">The feed that the channel's sources supply: the client may be on one that is shaped from it.</param>
    /// <param name="client">Whom we send to; what goes out on a stream connection cannot come in as a datagram.</param>
    public void Add(int feed, ClientSpec client)
    {
        if (client.Kind == ClientKind.TsStream)
            return;
        if (client.Kind == ClientKind.RawOverUdp)
            _rawPorts.AddOrUpdate((feed, client.Address.Port), 1, static (_, count) => count + 1);
        else
            _ssrcs.AddOrUpdate((feed, client.Ssrc), 1, static (_, count) => count + 1);
    }

    public void Remove(int feed, ClientSpec client)
    {
        if (client.Kind == ClientKind.TsStream)
            return;
        if (client.Kind != ClientKind.RawOverUdp)
            _ssrcs.TryRemove((feed, client.Ssrc), out _);
        else if (_rawPorts.AddOrUpdate((feed, client.Address.Port), 0, static (_, count) => count - 1) <= 0)
            _rawPorts.TryRemove((feed, client.Address.Port), out _);
    }

    /// <summary>The addresses that our media leaves from: every address of the machine with every egress's port.</summary>
    public void SetAddresses(HashSet<DatagramAddress> addresses) => _addresses = addresses;

    /// <summary>Whether a client of this feed has this SSRC.</summary>
    public bool Sends(int feed, uint ssrc) => _ssrcs.ContainsKey((feed, ssrc));

    /// <summary>Whether a bare datagram from there may be this feed's own output to that port.</summary>
    public bool Sends(int feed, in DatagramAddress from, int toPort) =>
        _addresses.Contains(from) && _rawPorts.TryGetValue((feed, (ushort)toPort), out var count) && count > 0;
}
