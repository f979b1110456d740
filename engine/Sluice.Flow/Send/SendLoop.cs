using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// Owns a shard of the clients: one timer wheel, one batch an egress. At each tick takes the departures that are due,
/// writes each client's headers and sends. Waits for nobody. One thread.
/// </summary>
public sealed partial class SendLoop<TSocket> : IEngineLoop, ISendMailbox, IDisposable where TSocket : struct, IDatagramSocket
{
    /// <summary>Socket pairs of one loop: one a family, and one a combination of interface, TTL and source for multicast.</summary>
    public const int EgressesMax = 64;

    /// <summary>A pass has one "now": one that took long would send what has become too late meanwhile. 512 trains take about 2 ms.</summary>
    private const int ClientsPerPassMax = 512;

    /// <summary>
    /// For the same reason: ten thousand clients that leave at once are ten thousand BYEs, each into a page of its own, and a pass that took
    /// all of them held departures up for as long.
    /// </summary>
    internal const int CommandsPerPassMax = 128;

    /// <summary>Clients whose rows are asked for together: enough for as many cache misses as a core waits for at once.</summary>
    private const int ClientsPerBatch = 32;

    /// <summary>
    /// Fewer packets a tick than this are light work: waking (15 to 20 µs of CPU) costs much beside sending (1 to 2 µs a packet), so the
    /// loop takes two ticks together; the last of them leave a tenth of a millisecond later.
    /// </summary>
    internal const int LightPackets = 64;

    private readonly ClientTable _clients;
    private readonly Feed[] _feeds;
    private readonly FeedWindow[] _windows;
    private readonly int _liveFeeds;
    private readonly Mailbox<SendCommand> _mailbox;
    private readonly RingWriter<int> _freedRows;
    private readonly TimerWheel _wheel;
    private readonly IdleClients _idle;
    private readonly Egress<TSocket>?[] _egresses = new Egress<TSocket>?[EgressesMax];
    private readonly bool[] _reportsReadable = new bool[EgressesMax];
    private readonly EgressFlush<TSocket> _flush;
    private readonly TrainWriter<TSocket> _writer;
    private readonly ReportSender<TSocket> _reportSender;
    private readonly ReportReader<TSocket> _reportReader;
    private readonly BurstMeter[] _departures;
    private readonly int[] _batch = new int[ClientsPerBatch];
    private readonly int _tickShift;
    private readonly long _lightTicks;
    private readonly int _lateTicks;
    private readonly int _noticeTicks;
    private int _egressCount;
    private bool _hasBlockedEgress;
    private long _retryTick;
    private long _weighedTick;
    private bool _isLight = true;
    private bool _hasReadableReports;

    internal SendLoop(
        EngineLimits limits, Feed[] feeds, int liveFeeds, EngineClock clock, RingWriter<int> freedRows, LoopGate gate,
        IdleStrategy idle, MonotonicTime start, byte[] cname, ulong seed)
    {
        var tickShift = idle.TickShift;
        (_feeds, _freedRows, Gate, _tickShift, _lightTicks) = (feeds, freedRows, gate, tickShift, 1L << (idle.LightShift - tickShift));
        (_windows, _liveFeeds) = ([.. feeds.Select(feed => feed.Window)], liveFeeds);
        _lateTicks = (int)(limits.LateBoundNs >> tickShift);
        _noticeTicks = (int)(limits.LateNoticeNs >> tickShift);
        _clients = new ClientTable(limits.ClientsPerSendLoopMax);
        _mailbox = new Mailbox<SendCommand>(limits.MailboxMax);
        _wheel = new TimerWheel(limits.ClientsPerSendLoopMax, start.Ns >> tickShift);
        _idle = new IdleClients(feeds.Length, limits.ClientsPerSendLoopMax);
        _flush = new EgressFlush<TSocket>(Counters, limits.BlockedBoundNs);
        _writer = new TrainWriter<TSocket>(Counters, _flush);
        var replayed = new BurstMeter();
        _departures = [.. feeds.Select((_, index) => index < liveFeeds ? new BurstMeter() : replayed)];
        _reportSender = new ReportSender<TSocket>(_clients, feeds, clock, Counters, start, cname, seed);
        _reportReader = new ReportReader<TSocket>(_clients, new Retransmitter<TSocket>(feeds, Counters, _flush), Counters, clock);
    }

    public string Role => "send";
    public LoopGate Gate { get; }
    public SendCounters Counters { get; } = new();

    /// <summary>Packets of a feed per ms, as they left.</summary>
    public BurstMeter DeparturesOf(int feed) => _departures[feed];

    /// <summary>Told after a pass that has put frames into connections' rings; null when there are none.</summary>
    public IFramePump? Frames { get; set; }

    public bool HasInput => _mailbox.HasMail || _hasReadableReports || HasNews();

    public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: _idle.Count > 0);

    public void OnReadable(int tag) => _hasReadableReports = _reportsReadable[tag] = true;

    /// <summary>Any thread: false when the mailbox is full.</summary>
    bool ISendMailbox.TryPost(in SendCommand command) => TryPost(in command);

    internal bool TryPost(in SendCommand command)
    {
        var posted = _mailbox.TryPost(in command);
        Gate.Notify();
        return posted;
    }

    public MonotonicTime NextDeadline
    {
        get
        {
            if (HasInput)
                return MonotonicTime.MinValue;
            var tick = _hasBlockedEgress ? _retryTick : WakeTick();
            var due = tick == long.MaxValue ? MonotonicTime.MaxValue : new MonotonicTime(tick << _tickShift);
            return due < _reportSender.NextDeadline ? due : _reportSender.NextDeadline;
        }
    }

    // Always the same multiples, so that a client's departures keep their distance.
    private long WakeTick()
    {
        var tick = _wheel.NextTick();
        return _isLight && tick < long.MaxValue ? (tick + _lightTicks - 1) & -_lightTicks : tick;
    }

    // What a light loop wakes for between its ticks (a join, a report) must not make departures leave early: each client's keep their distance.
    private long ServingTick(MonotonicTime now)
    {
        var tick = now.Ns >> _tickShift;
        return _isLight ? tick & -_lightTicks : tick;
    }

    // By the ticks that a pass stands for: else a loop that takes two together would find itself busy.
    private void Weigh(long packets, long servedTick)
    {
        if (servedTick <= _weighedTick)
            return;
        _isLight = packets < LightPackets * (servedTick - _weighedTick);
        _weighedTick = servedTick;
    }

    public int DoWork(MonotonicTime now)
    {
        Counters.Passes++;
        var before = Counters.Packets;
        var tick = ServingTick(now);
        // Reports before departures: an answer to a NACK is what a receiver waits for most.
        var done = TakeMail(tick, now) + FlushBlocked(now) + ReadReports(now);
        ServeNews(tick, now);
        done += ServeDue(tick, now);
        Flush(now);
        Weigh(Counters.Packets - before, tick);
        done += _reportSender.SendDue(_egresses, now);
        if (_writer.WroteFrames || _reportSender.WroteFrames)
            Frames?.OnFramesReady();
        _writer.WroteFrames = _reportSender.WroteFrames = false;
        return done;
    }

    public void Dispose()
    {
        _reportReader.Dispose();
        foreach (var egress in _egresses)
            egress?.Dispose();
    }

    private int TakeMail(long nowTick, MonotonicTime now)
    {
        var taken = 0;
        for (; taken < CommandsPerPassMax && _mailbox.TryTake(out var command); taken++)
        {
            switch (command.Kind)
            {
                case SendCommandKind.Play:
                    OnPlay(in command, nowTick, now);
                    break;
                case SendCommandKind.Pause:
                    OnPause(command.Row);
                    break;
                case SendCommandKind.Finish:
                    OnFinish(command.Row, now);
                    break;
                case SendCommandKind.Remove:
                    OnRemove(command.Row, now);
                    break;
                default:
                    _egresses[_egressCount++] = (Egress<TSocket>)command.Egress!;
                    break;
            }
        }
        return taken;
    }

    private void OnPlay(in SendCommand command, long nowTick, MonotonicTime now)
    {
        Unschedule(command.Row);
        command.Client!.Progress.Departures = _departures[command.Client.Feed];
        _clients.Play(command.Row, command.Client!, command.Attachment!, command.FirstSequence, command.FirstTimestamp);
        if (command.Client!.Retransmit is { } retransmit)
            retransmit.Progress.Departures = _departures[command.Client.Feed];
        _reportReader.Add(command.Row, command.Client!);
        _reportSender.Start(command.Row, now);
        Serve(command.Row, nowTick, now);
    }

    private void OnPause(int row)
    {
        Unschedule(row);
        _reportSender.Stop(row);
        _clients.Pause(row);
        if (_clients[row].Progress is { } progress)
            Volatile.Write(ref progress.HoldsDone, progress.HoldsDone + 1);
    }

    private void OnFinish(int row, MonotonicTime now)
    {
        OnPause(row);
        if (_clients[row].Spec is { Reports: true })
            _reportSender.Send(row, _egresses, now, leaving: true);
    }

    private void OnRemove(int row, MonotonicTime now)
    {
        Unschedule(row);
        _reportSender.Stop(row);
        if (_clients[row].Spec is { } spec)
        {
            if (spec.Reports)
                _reportSender.Send(row, _egresses, now, leaving: true);
            _reportReader.Remove(spec);
        }
        _clients.Remove(row);
        _freedRows.TryWrite(in row);
    }

    private void Unschedule(int row)
    {
        _wheel.Cancel(row);
        if (_clients[row].State != ClientState.Free)
            _idle.Remove(_clients[row].Feed, row);
    }

    // Clients that have all there is are in no wheel; a new train of their feed is what they wait for.
    private void ServeNews(long nowTick, MonotonicTime now)
    {
        if (_idle.Count == 0)
            return;
        // From the end: a feed that is taken leaves its place to one that was looked at.
        for (var i = _idle.FeedCount - 1; i >= 0; i--)
        {
            var feed = _idle.FeedAt(i);
            var tail = _feeds[feed].Window.TrainTail;
            if (!_idle.HasNews(feed, tail))
                continue;
            for (var row = _idle.TakeAll(feed, tail); row >= 0;)
            {
                var count = 0;
                for (; row >= 0 && count < _batch.Length; row = _idle.Follow(row))
                    _batch[count++] = row;
                Serve(_batch.AsSpan(0, count), nowTick, now);
            }
        }
    }

    private bool HasNews()
    {
        for (var i = 0; i < _idle.FeedCount; i++)
            if (_idle.HasNews(_idle.FeedAt(i), _feeds[_idle.FeedAt(i)].Window.TrainTail))
                return true;
        return false;
    }

    private int ServeDue(long nowTick, MonotonicTime now)
    {
        var served = 0;
        for (var due = _batch.Length; due == _batch.Length && served < ClientsPerPassMax; served += due)
        {
            due = _wheel.PopDue(nowTick, _batch);
            Serve(_batch.AsSpan(0, due), nowTick, now);
        }
        return served;
    }

    private void Serve(ReadOnlySpan<int> rows, long nowTick, MonotonicTime now)
    {
        _clients.LookAhead(rows, _windows, _liveFeeds);
        foreach (var row in rows)
            Serve(row, nowTick, now);
    }

    // Sends every departure of one client that is due, then puts the client where its next one will be found.
    private void Serve(int row, long nowTick, MonotonicTime now)
    {
        ref var client = ref _clients[row];
        if (client.CatchUp is not null && !ServeCatchUp(row, ref client, nowTick, now))
            return;
        var window = _windows[client.Feed];
        while (true)
        {
            var hasDeparture = client.Departures.TryPeek(window, _tickShift, out var train, out var dueTick, out var overwritten);
            if (overwritten > 0)
                CountOverrun(client.Progress!, overwritten);
            if (!hasDeparture)
            {
                _idle.Add(client.Feed, row);
                return;
            }
            if (dueTick > nowTick)
            {
                _wheel.Schedule(row, dueTick);
                return;
            }
            if (nowTick - dueTick > _lateTicks)
                CountLateDropped(ref client, window.Train(train).Count);
            else if (!_writer.TryWrite(ref client, window, in window.Train(train), _egresses[client.Egress], now))
            {
                _wheel.Schedule(row, nowTick + 1);
                return;
            }
            else if (nowTick - dueTick > _noticeTicks)
                CountLeftLate(ref client, window.Train(train).Count);
            client.Departures.Take();
        }
    }

    // Packets of the train as the window still has it; only a window lapped during the stall would tell another train's number.
    private void CountLateDropped(ref ClientRow client, int packets)
    {
        Counters.LateDropped += packets;
        client.Progress!.LateDropped += packets;
    }

    private void CountLeftLate(ref ClientRow client, int packets)
    {
        Counters.LeftLate += packets;
        client.Progress!.LeftLate += packets;
    }

    private void CountOverrun(ClientProgress progress, int trains)
    {
        Counters.WindowOverrun += trains;
        progress.Overrun += trains;
    }

    private int FlushBlocked(MonotonicTime now)
    {
        if (!_hasBlockedEgress)
            return 0;
        var before = Counters.Packets;
        Flush(now);
        return (int)(Counters.Packets - before);
    }

    private void Flush(MonotonicTime now)
    {
        _hasBlockedEgress = false;
        _retryTick = (now.Ns >> _tickShift) + 1;
        for (var i = 0; i < _egressCount; i++)
        {
            var egress = _egresses[i]!;
            if (egress.Batch.MessageCount > 0)
                _flush.Flush(egress, now);
            _hasBlockedEgress |= egress.IsBlocked;
        }
    }

    private int ReadReports(MonotonicTime now)
    {
        if (!_hasReadableReports)
            return 0;
        _hasReadableReports = false;
        var read = 0;
        for (var i = 0; i < _egressCount; i++)
        {
            if (!_reportsReadable[i])
                continue;
            _reportsReadable[i] = false;
            read += _reportReader.Read(_egresses[i]!, now);
        }
        return read;
    }
}
