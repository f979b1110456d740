using Sluice.Control.Configuration;
using Sluice.Control.Links;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// Makes memberships again when their device came back: by rtnetlink within a fraction of a second, where the back-off of
/// <see cref="SourceWatch"/> would need some. Sends go through a device that came back as well. Runs on a thread of its own, which
/// sleeps unless a device changes; touches sockets by their options only, never a packet.
/// </summary>
internal sealed class LinkLoop(LiveEngine engine, LinkWatch watch, ILogger log) : IEngineLoop, IDisposable
{
    /// <summary>A device may take some time until it can be joined on: again so often, so long.</summary>
    private const long RetryNs = 250_000_000, RetryForNs = 5_000_000_000;

    /// <summary>A source without a device of its own is joined again only when it seems to have lost its way.</summary>
    private const long SilentNs = 200_000_000;

    private readonly LinkBook _book = new();
    private readonly List<LinkEvent> _events = [];
    private readonly Dictionary<int, long> _retryUntilNs = [];
    private long _retryNs = long.MaxValue;
    private bool _isReadable = true;

    public string Role => "links";
    public LoopGate Gate { get; } = new();
    public bool HasInput => false;
    public void OnReadable(int tag) => _isReadable = true;
    public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: false);
    public MonotonicTime NextDeadline => new(Math.Min(_book.DueNs, _retryNs));

    public int DoWork(MonotonicTime now)
    {
        Read(now);
        if (_book.TryTake(now.Ns, out var returned))
            OnReturned(returned, now);
        if (now.Ns >= _retryNs)
            Retry(now);
        return 0;
    }

    public void Dispose() => watch.Dispose();

    private void Read(MonotonicTime now)
    {
        if (!_isReadable)
            return;
        _isReadable = false;
        _events.Clear();
        watch.Read(_events);
        foreach (var link in _events)
            _book.OnEvent(link, now.Ns);
    }

    private void OnReturned(IReadOnlySet<string> devices, MonotonicTime now)
    {
        log.LinksReturned(string.Join(", ", devices));
        engine.Egresses.OnDevicesReturned(devices);
        foreach (var (source, url) in engine.Sources.Groups)
        {
            // Whether one without a device of its own has lost its way shows only after a while.
            if (url.Interface is not { } name || (devices.Contains(name) && !TryRejoin(source)))
                RetryLater(source, now);
        }
    }

    private void Retry(MonotonicTime now)
    {
        _retryNs = long.MaxValue;
        foreach (var (source, url) in engine.Sources.Groups)
        {
            if (!_retryUntilNs.Remove(source, out var untilNs) || now.Ns > untilNs || (url.Interface is null && !IsSilent(source, now)) || TryRejoin(source))
                continue;
            _retryUntilNs[source] = untilNs;
            _retryNs = now.Ns + RetryNs;
        }
    }

    // What fails for good is said by the source watch, which goes on trying.
    private bool TryRejoin(int source)
    {
        Volatile.Write(ref engine.Core.SourceCounters(source).LinkRejoins, engine.Core.SourceCounters(source).LinkRejoins + 1);
        return engine.Sources.TryRejoin(source, out _);
    }

    private void RetryLater(int source, MonotonicTime now)
    {
        _retryUntilNs[source] = now.Ns + RetryForNs;
        _retryNs = now.Ns + RetryNs;
    }

    private bool IsSilent(int source, MonotonicTime now) =>
        now.Ns - Volatile.Read(ref engine.Core.SourceCounters(source).LastPacketNs) > SilentNs;
}
