using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Sim;

/// <summary>
/// What EngineThread is to the engine, without a thread: passes, announced sleep, wake-ups. Between reading the clock and
/// doing the work of a pass anything may happen elsewhere, as it may when a kernel preempts a thread.
/// </summary>
/// <param name="loops">Run in this order in every pass.</param>
/// <param name="sendLoops">Which send loop each of them is, −1 for the others.</param>
/// <param name="idle">What to do between passes.</param>
/// <param name="context">Hears of stalls.</param>
/// <param name="ingest">The loop whose sockets this thread polls, or null.</param>
/// <param name="sources">How many sockets those are.</param>
/// <param name="chance">Preempts and oversleeps; null keeps every appointment.</param>
public sealed class LoopThread(
    IEngineLoop[] loops, int[] sendLoops, IdleStrategy idle, CheckContext context, IngestLoop<SimSocket>? ingest, int sources, Chance? chance)
{
    /// <summary>The longest that chance lets a thread oversleep or stand between clock and work.</summary>
    public const long WakeMaxNs = 200_000, PreemptMaxNs = 300_000;

    /// <summary>A spinning thread makes passes this close at least; the real one does a thousand times more to the same effect.</summary>
    public const long SpinNs = 200_000;
    private const long PassCostNs = 1_000;
    private const long SleepMaxNs = 1_000_000_000;
    private const double PreemptRate = 0.2;

    private readonly SimNet _net = context.Net;
    private long _readyNs;
    private long _stalledUntilNs;
    private long _passNs;
    private long _preemptNs;
    private bool _isAsleep;
    private bool _isInPass;

    public long Passes { get; private set; }

    /// <summary>Bytes that the loops have allocated in their passes.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>When it will go on; a knock at the door of a sleeping loop brings it forward.</summary>
    public long NextNs
    {
        get
        {
            if (_isAsleep && IsKnocked())
                WakeAt(_net.NowNs + Oversleep());
            return Math.Max(_readyNs, _stalledUntilNs);
        }
    }

    /// <summary>A datagram for one of its sockets has come.</summary>
    public void OnDatagram()
    {
        if (_isAsleep)
            WakeAt(_net.NowNs + Oversleep());
    }

    public void Stall(long lengthNs, bool midPass)
    {
        if (midPass)
        {
            _preemptNs = lengthNs;      // begins with the next pass
            return;
        }
        _stalledUntilNs = _net.NowNs + lengthNs;
        context.Disturb(_stalledUntilNs);
    }

    /// <summary>Goes on for one step: begins a pass, does its work, and rests as its strategy says.</summary>
    public void Step()
    {
        if (!_isInPass && BeginPass())
            return;
        _isInPass = false;
        Work(new MonotonicTime(_passNs));
        Rest(_net.NowNs);
    }

    // True: preempted before the work.
    private bool BeginPass()
    {
        for (var i = 0; i < sources; i++)
            if (ingest is not null && _net.Inbound(i).Count > 0)
                ingest.OnReadable(i);
        _isAsleep = false;
        _passNs = _net.NowNs;
        foreach (var loop in loops)
            loop.Gate.BeginPass(new MonotonicTime(_passNs));
        if (_preemptNs == 0 && chance?.Hits(PreemptRate) == true)
            _preemptNs = chance.Between(1, PreemptMaxNs);
        if (_preemptNs == 0)
            return false;
        _readyNs = _net.NowNs + _preemptNs;
        context.Disturb(_preemptNs > PreemptMaxNs ? _readyNs : 0);
        // Preempted before or after the clock was read.
        if (chance?.Hits(0.5) == true)
            _passNs = _readyNs;
        _preemptNs = 0;
        return _isInPass = true;
    }

    private void Work(MonotonicTime now)
    {
        Passes++;
        for (var i = 0; i < loops.Length; i++)
        {
            _net.Step++;
            if (sendLoops[i] >= 0)
                _net.OnSendPass(sendLoops[i]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            loops[i].DoWork(now);
            AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private void Rest(long nowNs)
    {
        var deadlineNs = long.MaxValue;
        foreach (var loop in loops)
            deadlineNs = Math.Min(deadlineNs, loop.NextDeadline.Ns);
        _readyNs = nowNs + PassCostNs;
        if (idle.Spins)
            _readyNs = Math.Clamp(deadlineNs, _readyNs, nowNs + SpinNs);
        else if (deadlineNs > nowNs)
            Sleep(nowNs, Math.Min(Math.Max(deadlineNs - nowNs, idle.SleepMinNs), SleepMaxNs));
    }

    private void Sleep(long nowNs, long timeoutNs)
    {
        foreach (var loop in loops)
            loop.AnnounceSleep();
        foreach (var loop in loops)
            if (loop.HasInput)
                return;
        _isAsleep = true;
        _readyNs = nowNs + timeoutNs + Oversleep();
        for (var i = 0; i < sources; i++)
            if (ingest is not null && _net.Inbound(i).Count > 0)
                OnDatagram();
    }

    private bool IsKnocked()
    {
        foreach (var loop in loops)
            if (!loop.Gate.IsAsleep)
                return true;
        return false;
    }

    private void WakeAt(long atNs)
    {
        _isAsleep = false;
        _readyNs = Math.Min(_readyNs, atNs);
    }

    private long Oversleep() => chance?.Below(WakeMaxNs) ?? 0;
}
