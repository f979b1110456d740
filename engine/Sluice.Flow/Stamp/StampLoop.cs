using Sluice.Linux;

namespace Sluice.Flow;

internal enum StampCommandKind : byte
{
    Attach,
    Detach,
}

/// <summary>A client joins or leaves a feed.</summary>
internal readonly record struct StampCommand(StampCommandKind Kind, int Feed, ClientAttachment Client, long DelayNs);

/// <summary>
/// Gives packets their delivery time and groups them into trains, which the send loops find in the feed's window. Sends nothing. One thread.
/// </summary>
public sealed class StampLoop : IEngineLoop
{
    /// <summary>Packets taken in one pass before deadlines and commands are looked at again.</summary>
    private const int PacketsPerPass = 512;

    /// <summary>Clients that come or go in one pass: packets must not wait for a crowd.</summary>
    private const int CommandsPerPass = 512;

    private readonly RingReader<ArrivedPacket> _arrivals;
    private readonly Mailbox<StampCommand> _mailbox;
    private readonly StampContext _context;
    private readonly int[] _feedOfSource;
    private readonly Feed[] _feeds;
    private bool _isPressed;

    internal StampLoop(StampContext context, RingReader<ArrivedPacket> arrivals, Feed[] feeds, int[] feedOfSource, LoopGate gate)
    {
        (_context, _arrivals, _feeds, _feedOfSource, Gate) = (context, arrivals, feeds, feedOfSource, gate);
        _mailbox = new Mailbox<StampCommand>(context.Limits.MailboxMax);
    }

    public string Role => "stamp";
    public LoopGate Gate { get; }
    public bool HasInput => _arrivals.Count > 0 || _mailbox.HasMail;
    public void OnReadable(int tag) { }
    public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: false);

    /// <summary>Any thread: false when the mailbox is full.</summary>
    internal bool TryPost(in StampCommand command)
    {
        var posted = _mailbox.TryPost(in command);
        Gate.Notify();
        return posted;
    }

    public MonotonicTime NextDeadline
    {
        get
        {
            var deadline = HasInput ? 0 : long.MaxValue;
            foreach (var feed in _feeds)
                deadline = Math.Min(deadline, feed.DeadlineNs);
            return new MonotonicTime(deadline);
        }
    }

    public int DoWork(MonotonicTime now)
    {
        var done = TakeMail();
        for (var i = 0; i < PacketsPerPass && _arrivals.TryTake(out var packet); i++, done++)
            _feeds[_feedOfSource[packet.Source]].Accept(in packet, now);
        var safeNs = SafeNs(_context.SendGates, now);
        var kept = 0;
        foreach (var feed in _feeds)
        {
            if (feed.DeadlineNs <= now.Ns)
                feed.OnDeadline(now);
            feed.Release(now, safeNs, _isPressed);
            kept += feed.Shaper is null ? feed.Window.Count : 0;
        }
        _arrivals.Release();
        _context.ToStore?.Publish();
        // Playing clients come first: history gives way before it takes the second half of what is theirs.
        _isPressed = kept > _context.Slab.Slots - _context.Limits.PacketsInFlightMax / 2;
        return done;
    }

    private int TakeMail()
    {
        var taken = 0;
        for (; taken < CommandsPerPass && _mailbox.TryTake(out var command); taken++)
            Take(_feeds[command.Feed], in command);
        return taken;
    }

    /// <summary>A client comes to a feed or leaves it. The feed's thread.</summary>
    internal static void Take(Feed feed, in StampCommand command)
    {
        if (command.Kind == StampCommandKind.Attach)
            feed.Audience.Add(command.Client, command.DelayNs, feed.Window.TrainTail);
        else
            feed.Audience.Remove(command.Client);
        Volatile.Write(ref feed.Counters.Clients, feed.Audience.Count);
    }

    /// <summary>Nothing that was too late at the start of the slowest send loop's pass will be touched any more.</summary>
    internal static long SafeNs(LoopGate[] sendGates, MonotonicTime now)
    {
        var safe = now.Ns;
        foreach (var gate in sendGates)
            safe = Math.Min(safe, gate.PassNs);
        return safe;
    }
}
