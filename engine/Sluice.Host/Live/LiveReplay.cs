using Sluice.Control.Rtsp;
using Sluice.Flow;

namespace Sluice.Host.Live;

/// <summary>A replay that one client has for itself: it can be paused, sought in and left without anybody else noticing.</summary>
/// <param name="desk">Where it was opened.</param>
/// <param name="ticket">The replay.</param>
/// <param name="spec">The client, seated on it.</param>
/// <param name="first">The number of its first packet in the store; null while it is not known.</param>
/// <param name="lagNs">How long after the first packet of all tracks of its session its own is due.</param>
internal sealed class LiveReplay(ReplayDesk desk, ReplayTicket ticket, ClientSpec spec, ulong? first, long lagNs)
{
    private int _isClosed;
    private ushort _firstSent;

    public ClientSpec Spec => spec;

    public ReplayCounters Counters => ticket.Counters;

    /// <summary>How long after the session's first packet its own leaves, ns: its timestamp is later by as much.</summary>
    public long LagNs => lagNs;

    /// <summary>The client plays it, and its first packet has this number.</summary>
    public void Begin(PlayPosition position) => _firstSent = position.FirstSequence;

    /// <summary>The low half of the number in the store of the packet that the client gets next; null where only its time is known.</summary>
    public ushort? NextFeedSequence => first is { } number ? (ushort)(number + (ulong)(ushort)(spec.Progress.NextSequence - _firstSent)) : null;

    public bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    /// <summary>Once: after the client has left its feed.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            desk.Close(ticket);
    }
}
