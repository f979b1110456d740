using System.Net;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// Many viewers over HTTP/1.0 (which costs the test least) of channels fed by a <see cref="StampedSender"/>: each reads on, and knows
/// what it missed.
/// </summary>
internal sealed class HttpCrowd : IDisposable
{
    private sealed class Viewer(HttpPeer peer)
    {
        private int _last = -1;

        public HttpPeer Peer => peer;
        public int Stamped;
        public int Gaps;
        public TsStreamCheck Check { get; private set; } = null!;

        public async Task ReadAsync()
        {
            Check = new TsStreamCheck { OnPacket = Take };
            while (await peer.BodyAsync() is { } bytes) Check.Take(bytes);
        }

        private void Take(byte[] packet)
        {
            if (!Stamp.TryReadIndex(packet, out var index)) return;
            if (_last >= 0 && index != _last + 1) Gaps++;
            _last = index;
            Interlocked.Increment(ref Stamped);
        }
    }

    private readonly List<Viewer> _viewers = [];
    private readonly List<Task> _reading = [];

    /// <summary>Connects that many viewers, the channels in turn, and lets them read.</summary>
    public static async Task<HttpCrowd> WatchAsync(IPEndPoint server, int count, params string[] channels) =>
        await WatchPathsAsync(server, count, [.. channels.Select(c => $"/channels/{c}.ts")]);

    /// <param name="place">The network namespace that the viewers are in; null = ours.</param>
    public static async Task<HttpCrowd> WatchPathsAsync(IPEndPoint server, int count, string[] paths, NetworkNamespace? place = null)
    {
        var crowd = new HttpCrowd();
        for (var i = 0; i < count; i++)
        {
            var peer = await HttpPeer.ConnectAsync(server, place: place);
            Assert.StartsWith("HTTP/1.1 200", await peer.GetAsync(paths[i % paths.Length], "HTTP/1.0"));
            crowd._viewers.Add(new Viewer(peer));
            crowd._reading.Add(Task.Run(crowd._viewers[^1].ReadAsync));
        }
        return crowd;
    }

    /// <summary>
    /// Waits until everybody has so many payloads in a row without having missed one or seen a torn packet. The engine drops what a
    /// stopped machine made too late: then it says so, and everybody gets another chance; a loss that it does not know of is a fault at once.
    /// </summary>
    /// <param name="dropped">What the engine says that it dropped for these viewers until now.</param>
    public async Task AssertWholeAsync(int packetsMin, TimeSpan bound, Func<Task<long>> dropped, Action<string> say)
    {
        var droppedBefore = 0L;
        for (var round = 1; await FaultAsync(packetsMin, bound) is { } fault; round++)
        {
            var droppedNow = await dropped();
            Assert.True(round < RoundsMax && droppedNow > droppedBefore, $"{fault}; the engine dropped {droppedNow - droppedBefore}");
            say($"Again: {fault}; the engine dropped {droppedNow - droppedBefore} as too late");
            droppedBefore = droppedNow;
            _viewers.ForEach(v => v.Stamped = v.Gaps = 0);
        }
    }

    private const int RoundsMax = 8;

    // Null when everybody got everything, else what is missing.
    private async Task<string?> FaultAsync(int packetsMin, TimeSpan bound)
    {
        await Eventually.TrueAsync($"{packetsMin} payloads at each of {_viewers.Count} viewers", bound,
            () => Task.FromResult(_viewers.All(v => Volatile.Read(ref v.Stamped) >= packetsMin) || _reading.Exists(r => r.IsCompleted)),
            () => $"the last has {_viewers.Min(v => v.Stamped)}");
        var hurt = _viewers.Where(v => v.Gaps > 0 || v.Stamped < packetsMin || v.Check.BadPackets > 0).ToArray();
        return hurt.Length == 0 ? null : $"{hurt.Length} of {_viewers.Count}, the first: {hurt[0].Gaps} gaps, {hurt[0].Stamped} payloads, {hurt[0].Check}";
    }

    /// <summary>Ends every connection from this side.</summary>
    public void Dispose() => _viewers.ForEach(v => v.Peer.Dispose());
}
