using Sluice.Linux;

namespace Sluice.Flow;

internal enum ReplayCommandKind : byte
{
    Open,
    Close,
    Audience,
}

/// <summary>One order for the replay loop; which members are set depends on the kind.</summary>
internal readonly record struct ReplayCommand(
    ReplayCommandKind Kind, int Replay, ReplaySource? Source = null, ReplayPlan? Plan = null, ReplayCounters? Counters = null, StampCommand Client = default);

/// <summary>
/// Reads every open replay some time before its packets are due, so that a disk that is slow for once is not seen at any client, and is never
/// what a live packet waits for. Has a thread of its own, because reading may block.
/// </summary>
public sealed class ReplayLoop : IEngineLoop, IDisposable
{
    /// <summary>A look reads what is due in the time between two looks; more only to begin with, and then others have their turn between.</summary>
    private const int PacketsPerLook = 256;

    private readonly StampContext _context;
    private readonly Replay[] _replays;
    private readonly int _firstFeed;
    private readonly Mailbox<ReplayCommand> _mailbox;
    private long _nextLookNs = long.MaxValue;

    internal ReplayLoop(StampContext context, ReplayContext replays, Feed[] feeds, int firstFeed)
    {
        (_context, _firstFeed) = (context, firstFeed);
        _replays = [.. feeds.Skip(firstFeed).Select(feed => new Replay(feed, replays))];
        _mailbox = new Mailbox<ReplayCommand>(context.Limits.MailboxMax);
    }

    public string Role => "replay";
    public LoopGate Gate { get; } = new();
    public bool HasInput => _mailbox.HasMail;
    public void OnReadable(int tag) { }
    public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: false);
    public MonotonicTime NextDeadline => new(HasInput ? 0 : _nextLookNs);

    /// <summary>Any thread: false when the mailbox is full.</summary>
    internal bool TryPost(in ReplayCommand command)
    {
        var posted = _mailbox.TryPost(in command);
        Gate.Notify();
        return posted;
    }

    /// <summary>Any thread: a client comes to a replay's feed or leaves it.</summary>
    internal bool TryPost(in StampCommand command) =>
        TryPost(new ReplayCommand(ReplayCommandKind.Audience, command.Feed - _firstFeed, Client: command));

    public int DoWork(MonotonicTime now)
    {
        var done = TakeMail(now);
        if (_nextLookNs > now.Ns)
            return done;
        var safeNs = StampLoop.SafeNs(_context.SendGates, now);
        _nextLookNs = long.MaxValue;
        for (var i = 0; i < _replays.Length; i++)
        {
            var replay = _replays[i];
            // What a look costs is mostly misses of the cache: those of the next one are waited for together.
            if (i + 1 < _replays.Length && _replays[i + 1].LookNs <= now.Ns)
                _replays[i + 1].LookAhead();
            if (replay.LookNs <= now.Ns)
                done += Look(replay, now, safeNs);
            _nextLookNs = Math.Min(_nextLookNs, replay.LookNs);
        }
        return done;
    }

    /// <summary>Closes the sources. After the thread has ended.</summary>
    public void Dispose()
    {
        while (_mailbox.TryTake(out var command))
            command.Source?.Dispose();
        foreach (var replay in _replays)
            replay.Close();
    }

    // One knock a look, not one a train: its fence would wait for lines of the window that are nowhere near.
    private int Look(Replay replay, MonotonicTime now, long safeNs)
    {
        var trains = replay.Feed.Window.TrainTail;
        var read = replay.Look(now, safeNs, PacketsPerLook);
        if (replay.Feed.Window.TrainTail != trains)
            foreach (var gate in _context.SendGates)
                gate.NotifyTrain();
        return read;
    }

    private int TakeMail(MonotonicTime now)
    {
        var taken = 0;
        for (; _mailbox.TryTake(out var command); taken++)
        {
            var replay = _replays[command.Replay];
            switch (command.Kind)
            {
                case ReplayCommandKind.Open:
                    replay.Open(command.Source!, command.Plan!, command.Counters!, now);
                    break;
                case ReplayCommandKind.Close:
                    replay.Close();
                    break;
                default:
                    StampLoop.Take(replay.Feed, command.Client);
                    break;
            }
            replay.Wake(now);
            _nextLookNs = now.Ns;
        }
        return taken;
    }

    /// <summary>Any thread, roughly: whether a closed replay has let go of its last packet.</summary>
    internal bool IsVacant(int replay) => _replays[replay].IsVacant;
}
