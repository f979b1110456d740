using Sluice.Linux;

namespace Sluice.Flow;

// Ownership         written by          read by           changes hands when
//   PassNs          the loop's thread   stamp             published before each pass, MaxValue while asleep
//   _asleep         the loop's thread   anyone            set before the last look for input, cleared after waking
//   _wantsTrains    the loop's thread   stamp             with _asleep

/// <summary>
/// The door of one loop: where others see how far it is and knock when it sleeps. The order that makes both safe is
/// publish, full fence, look (Dekker): the sleeper announces itself and looks for input once more; the producer writes
/// its input and looks whether somebody sleeps.
/// </summary>
public sealed class LoopGate
{
    private PaddedSequence _passNs = new() { Value = long.MaxValue };
    private int _asleep;
    private bool _wantsTrains;

    /// <summary>What to wake; null when the loop is driven by hand.</summary>
    public Poller? Poller { get; set; }

    /// <summary>
    /// The start of the loop's current pass, ns, or <see cref="long.MaxValue"/> while it sleeps: no departure that was
    /// too late at this instant will be touched any more.
    /// </summary>
    public long PassNs => Volatile.Read(ref _passNs.Value);

    /// <summary>Whether the loop sleeps and nobody has knocked since: what a driver without a poller looks at.</summary>
    public bool IsAsleep => Volatile.Read(ref _asleep) != 0;

    /// <summary>The loop's thread, before a pass; the pass must read the clock after this.</summary>
    public void BeginPass(MonotonicTime now)
    {
        Volatile.Write(ref _asleep, 0);
        Volatile.Write(ref _passNs.Value, now.Ns);
        Interlocked.MemoryBarrier();
    }

    /// <summary>The loop's thread, before it looks for input one last time and sleeps.</summary>
    /// <param name="wantsTrains">Whether a new train is a reason to wake; otherwise the loop's own deadline is enough.</param>
    public void AnnounceSleep(bool wantsTrains)
    {
        Volatile.Write(ref _passNs.Value, long.MaxValue);
        Volatile.Write(ref _wantsTrains, wantsTrains);
        Volatile.Write(ref _asleep, 1);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Any thread, after it has written input for the loop: wakes it when it sleeps. At most one system call a sleep.</summary>
    public void Notify()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0)
            Poller?.Wake();
    }

    /// <summary>The stamp thread, after it has published a train.</summary>
    public void NotifyTrain()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _wantsTrains))
            Notify();
    }
}
