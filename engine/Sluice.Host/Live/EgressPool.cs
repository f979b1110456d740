using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Host.Live;

/// <summary>
/// The ways out that exist, by what they are for: one socket pair a send loop for each combination of family, interface and
/// TTL. Made on first need, kept for the life of the engine. Control threads; takes a lock.
/// </summary>
internal sealed class EgressPool(EngineCore<DatagramSocket> core, IReadOnlyList<EngineThread> sendThreads, bool segmentation) : IDisposable
{
    private sealed record Entry(int Index, DatagramSocket[] Rtp, DatagramSocket[] Rtcp);

    private readonly Lock _lock = new();
    private readonly Dictionary<EgressKey, Entry> _entries = [];

    /// <summary>The index of the egress for such clients; false with the reason when it cannot be opened.</summary>
    public bool TryGet(EgressKey key, out int index, out string reason)
    {
        lock (_lock)
        {
            (index, reason) = (-1, "");
            if (!_entries.TryGetValue(key, out var entry) && !TryOpen(key, out entry, out reason))
                return false;
            index = entry.Index;
            return true;
        }
    }

    /// <summary>Where a send loop's RTP comes from and its reports go, for the Transport header.</summary>
    public PortPair Ports(EgressKey key, int shard)
    {
        lock (_lock)
        {
            var entry = _entries[key];
            return new PortPair(entry.Rtp[shard].LocalPort, entry.Rtcp[shard].LocalPort);
        }
    }

    /// <summary>Ways out through devices that came back find them again.</summary>
    public void OnDevicesReturned(IReadOnlySet<string> devices)
    {
        lock (_lock)
            foreach (var (_, entry) in _entries.Where(pair => pair.Key.Interface is { } name && devices.Contains(name)))
                foreach (var socket in entry.Rtp.Concat(entry.Rtcp))
                    _ = socket.TryRefreshDevice(out _);     // what cannot be sent is counted where it is sent
    }

    public void Dispose()
    {
        foreach (var entry in _entries.Values)
            foreach (var socket in entry.Rtp.Concat(entry.Rtcp))
                socket.Dispose();
    }

    private bool TryOpen(EgressKey key, out Entry entry, out string reason)
    {
        var count = core.Sends.Count;
        entry = new Entry(-1, new DatagramSocket[count], new DatagramSocket[count]);
        reason = "the engine has no room for another combination of interface and TTL";
        for (var i = 0; i < count; i++)
        {
            if (LiveSockets.TryOpenPair(key, out entry.Rtp[i], out entry.Rtcp[i], out var error))
                continue;
            reason = error.Message;
            Close(entry, i);
            return false;
        }
        var made = entry.Rtp.Zip(entry.Rtcp, (rtp, rtcp) => new Egress<DatagramSocket>(rtp, rtcp, segmentation, core.Plan.Limits)).ToArray();
        if (!core.TryAddEgress(made, out var index))
        {
            Close(entry, count);
            return false;
        }
        entry = entry with { Index = index };
        for (var i = 0; i < count; i++)
            sendThreads[i].TryWatch(core.Sends[i], entry.Rtcp[i].Handle, index);
        _entries.Add(key, entry);
        core.OwnOutputs.SetAddresses(OwnAddresses());
        return true;
    }

    // An egress is not bound to an address: its packets come from any of the machine's, as the route has it.
    private HashSet<DatagramAddress> OwnAddresses()
    {
        var ports = _entries.Values.SelectMany(entry => entry.Rtp).Select(socket => socket.LocalPort).Distinct().ToList();
        return [.. LiveSockets.OwnAddresses().SelectMany(address => ports.Select(port => DatagramAddress.From(address, port)))];
    }

    private static void Close(Entry entry, int count)
    {
        for (var i = 0; i < count; i++)
        {
            entry.Rtp[i].Dispose();
            entry.Rtcp[i].Dispose();
        }
    }
}
