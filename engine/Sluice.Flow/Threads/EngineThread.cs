using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// One OS thread that runs one or several loops: the only place that knows of names, cores and sleeping. Reads the clock
/// once a pass for all of them.
/// </summary>
public sealed class EngineThread : IDisposable
{
    /// <summary>A descriptor's tag is the loop's index in the high bits and the loop's own number below.</summary>
    private const int TagShift = 20;

    private readonly IEngineLoop[] _loops;
    private readonly IdleStrategy _idle;
    private readonly int? _core;
    private readonly Action<string, Exception> _onFault;
    private readonly Thread _thread;
    private readonly int[] _ready = new int[64];
    private readonly long _napNs;
    private readonly bool _isPatient;
    private bool _hadInput;
    private MonotonicTime _lookedAt;
    private volatile bool _stopping;

    /// <param name="loops">Run in this order in every pass.</param>
    /// <param name="idle">What to do between passes.</param>
    /// <param name="core">The core to stay on, or null.</param>
    /// <param name="patienceNs">How long input may wait while the thread sleeps, 0 for not at all: see <see cref="Nap"/>.</param>
    /// <param name="onFault">Called when a loop threw, which is our own bug: the thread has ended.</param>
    public EngineThread(IEngineLoop[] loops, IdleStrategy idle, int? core, Action<string, Exception> onFault, long patienceNs = 0)
    {
        (_loops, _idle, _core, _onFault) = (loops, idle, core, onFault);
        _napNs = Math.Max(1L << idle.TickShift, patienceNs);
        _isPatient = patienceNs > 0;
        Name = string.Join('+', loops.Select(loop => loop.Role));
        _thread = new Thread(Run) { IsBackground = true, Name = Name };
        foreach (var loop in loops)
            loop.Gate.Poller = Poller;
    }

    public string Name { get; }

    public Poller Poller { get; } = new();

    /// <summary>CPU time of the thread so far, ns; refreshed about once a second.</summary>
    public long CpuNs { get; private set; }

    /// <summary>Makes a loop hear when a descriptor is readable. Any thread.</summary>
    public bool TryWatch(IEngineLoop loop, int descriptor, int tag) =>
        Poller.TryAdd(descriptor, Array.IndexOf(_loops, loop) << TagShift | tag);

    /// <summary>The loop no longer hears of a descriptor; before it is closed. Any thread.</summary>
    public void Unwatch(int descriptor) => Poller.Remove(descriptor);

    public void Start() => _thread.Start();

    /// <summary>Ends the thread after its current pass; waits for it.</summary>
    public void Dispose()
    {
        _stopping = true;
        Poller.Wake();
        if (_thread.IsAlive)
            _thread.Join();
        Poller.Dispose();
    }

    private void Run()
    {
        try
        {
            ThreadControl.SetName(Name);
            ThreadControl.SetTimerSlackNs(_idle.TimerSlackNs);
            if (_idle.Nice < 0)
                ThreadControl.TrySetNice(_idle.Nice, SliceNs);
            if (_core is { } core)
                ThreadControl.PinToCore(core);
            while (!_stopping)
                Sleep(Pass());
        }
        catch (Exception fault)
        {
            _onFault(Name, fault);
        }
    }

    private MonotonicTime Pass()
    {
        var early = SystemClock.Now;
        foreach (var loop in _loops)
            loop.Gate.BeginPass(early);
        // Read after the gates were published: see LoopGate.
        var now = SystemClock.Now;
        foreach (var loop in _loops)
            loop.DoWork(now);
        var deadline = MonotonicTime.MaxValue;
        foreach (var loop in _loops)
            deadline = loop.NextDeadline < deadline ? loop.NextDeadline : deadline;
        CountCpu(now);
        return deadline;
    }

    private void Sleep(MonotonicTime deadline)
    {
        var timeoutNs = _idle.Spins ? 0 : TimeoutNs(deadline);
        if (timeoutNs > 0 && !MaySleep())
            timeoutNs = 0;
        timeoutNs = Nap(deadline, timeoutNs);
        if (timeoutNs <= 0 && MayOverlook())
            return;
        var ready = Poller.Wait(timeoutNs, _ready);
        _lookedAt = SystemClock.Now;
        _hadInput = ready > 0;
        for (var i = 0; i < ready; i++)
            _loops[_ready[i] >> TagShift].OnReadable(_ready[i] & ((1 << TagShift) - 1));
    }

    // Every wake-up costs 15 to 20 µs of CPU, and the kernel has stamped a packet when it came. Departures are due on ticks, rounded up: what
    // arrives now cannot be due before the next one, so a sleep that ends within a tick is not cut short by input; nor, where packets
    // are known long before they are due, one that ends within the patience, and packets of a running stream are taken together.
    private long Nap(MonotonicTime deadline, long timeoutNs)
    {
        var isShort = timeoutNs <= _napNs;
        if (timeoutNs <= 0 || !isShort && !(_isPatient && _hadInput))
            return timeoutNs;
        ThreadControl.SleepUntil(isShort ? deadline : SystemClock.Now + _napNs);
        return 0;
    }

    // Looking and reading what is there cost 8 µs; a patient thread that also sends wakes each tick and would look each time, for one packet.
    private bool MayOverlook() => _isPatient && _hadInput && !_idle.Spins && SystemClock.Now - _lookedAt < _napNs;

    private long TimeoutNs(MonotonicTime deadline)
    {
        if (deadline == MonotonicTime.MaxValue)
            return CpuReportNs;
        var left = deadline.Ns <= 0 ? 0 : deadline - SystemClock.Now;
        return left <= 0 ? 0 : Math.Min(Math.Max(left, _idle.SleepMinNs), CpuReportNs);
    }

    private bool MaySleep()
    {
        foreach (var loop in _loops)
            loop.AnnounceSleep();
        foreach (var loop in _loops)
            if (loop.HasInput)
                return false;
        return true;
    }

    /// <summary>The least that the kernel takes.</summary>
    private const long SliceNs = 100_000;

    private const long CpuReportNs = 1_000_000_000;
    private MonotonicTime _cpuDue;

    private void CountCpu(MonotonicTime now)
    {
        if (now < _cpuDue)
            return;
        _cpuDue = now + CpuReportNs;
        CpuNs = ThreadControl.CpuTimeNs;
    }
}
