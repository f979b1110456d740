using Sluice.Control.Configuration;
using Sluice.Flow;
using Sluice.Host.Running;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// The sockets of the sources, by their index in the engine, and the ways to make their memberships again. Opened at start; afterwards
/// the housekeeping and the link loop both may join again, one at a time.
/// </summary>
internal sealed class SourceSockets : IDisposable
{
    /// <summary>Ingest takes a new socket over in its next pass; a pass that takes longer than this is a stall.</summary>
    private const int TakeOverTriesMax = 1_000;
    private const long TakeOverStepNs = 1_000_000;

    private readonly Lock _lock = new();
    private readonly List<(string Channel, SourceUrl Url, DatagramSocket Socket)> _sources = [];
    private readonly List<(int Source, DatagramSocket Socket)> _reports = [];
    private EngineCore<DatagramSocket>? _core;
    private EngineThread? _ingest;

    public int Count => _sources.Count;

    /// <summary>As opened at start.</summary>
    public IReadOnlyList<DatagramSocket> Sockets => [.. _sources.Select(source => source.Socket)];

    /// <summary>Indices of the sources that are groups, with their URLs.</summary>
    public IReadOnlyList<(int Source, SourceUrl Url)> Groups
    {
        get
        {
            lock (_lock)
                return [.. _sources.Select((source, i) => (i, source.Url)).Where(source => source.Url.IsMulticast)];
        }
    }

    /// <exception cref="EngineStartException">Says which source, why, and what to do.</exception>
    public DatagramSocket Open(string channel, SourceUrl url)
    {
        var socket = LiveSockets.OpenSource(channel, url);
        _sources.Add((channel, url, socket));
        if (url.Nack is not null)
            _reports.Add((_sources.Count - 1, LiveSockets.OpenSourceReports(channel, url)));
        return socket;
    }

    /// <summary>The receivers of a session have sockets only while it lasts, and none over TCP.</summary>
    public void AddVacant(string channel, SourceUrl url, int count)
    {
        for (var i = 0; i < count; i++)
            _sources.Add((channel, url, default));
    }

    /// <summary>Makes ingest hear all of them. False when the kernel refuses to watch so many.</summary>
    public bool TryWatch(EngineCore<DatagramSocket> core, EngineThread ingest)
    {
        (_core, _ingest) = (core, ingest);
        for (var i = 0; i < _sources.Count; i++)
            if (!_sources[i].Url.IsSession && !ingest.TryWatch(core.Ingest, _sources[i].Socket.Handle, i))
                return false;
        return true;
    }

    /// <summary>Gives the feedback loop its sockets and makes it hear them. False when the kernel refuses to watch so many.</summary>
    public bool TryWatchReports(FeedbackLoop<DatagramSocket> feedback, EngineThread thread)
    {
        foreach (var (source, socket) in _reports)
        {
            feedback.AddSource(source, socket);
            if (!thread.TryWatch(feedback, socket.Handle, source))
                return false;
        }
        return true;
    }

    /// <summary>
    /// Leaves a group and joins it again. A socket that cannot, because it is tied to a device that is gone and came back as another one,
    /// gives its place to a new socket (IPv6 without CAP_NET_RAW).
    /// </summary>
    public bool TryRejoin(int source, out LinuxError error)
    {
        lock (_lock)
        {
            var (channel, url, socket) = _sources[source];
            if (socket.TryRejoin(out error))
                return true;
            if (!NetworkInterfaces.TryIndex(url.Interface, out _, out error) || !LiveSockets.TryOpenSource(url, out var fresh, out error))
                return false;
            if (TryHandOver(source, fresh))
                return true;
            error = new LinuxError(Errno.EAGAIN, "hand-over") { Advice = "ingest is too busy to take another socket" };
            return false;
        }
    }

    /// <summary>Gives a session's receiver a socket in the place of the one that it had, if any. False, with the socket closed, when that cannot be.</summary>
    public bool TryGive(int source, DatagramSocket fresh)
    {
        lock (_lock)
            return TryHandOver(source, fresh);
    }

    /// <summary>Takes a session's socket away from its receiver and closes it.</summary>
    public void TakeAway(int source)
    {
        lock (_lock)
        {
            var (channel, url, socket) = _sources[source];
            if (socket.Handle == 0)
                return;
            _ingest!.Unwatch(socket.Handle);
            var before = _core!.Ingest.Replaced;
            if (!_core.Ingest.TryTakeAway(source))
                return;                     // kept until the next one takes its place
            _sources[source] = (channel, url, default);
            if (IsTakenOver(before))
                socket.Dispose();
        }
    }

    public void Dispose()
    {
        lock (_lock)
            foreach (var (_, _, socket) in _sources)
                socket.Dispose();
        foreach (var (_, socket) in _reports)
            socket.Dispose();
    }

    private bool TryHandOver(int source, DatagramSocket fresh)
    {
        var (channel, url, socket) = _sources[source];
        var before = _core!.Ingest.Replaced;
        if (!_core.Ingest.TryReplace(source, fresh))
        {
            fresh.Dispose();
            return false;
        }
        _sources[source] = (channel, url, fresh);
        // Until ingest has let go of the old socket its number must not become another file's: rather one descriptor too many.
        if (IsTakenOver(before))
            socket.Dispose();
        return _ingest!.TryWatch(_core.Ingest, fresh.Handle, source);
    }

    private bool IsTakenOver(long before)
    {
        for (var tries = 0; _core!.Ingest.Replaced == before && tries < TakeOverTriesMax; tries++)
            ThreadControl.SleepUntil(SystemClock.Now + TakeOverStepNs);
        return _core.Ingest.Replaced != before;
    }
}
