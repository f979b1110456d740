using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// One duty of the data plane. It does not know what runs it: its own pinned thread, a thread shared by several loops,
/// or a test that owns the clock.
/// </summary>
public interface IEngineLoop
{
    /// <summary>"ingest", "stamp", "send", "store": the thread's name and the label of its counters.</summary>
    string Role { get; }

    LoopGate Gate { get; }

    /// <summary>One bounded pass; returns how much was done, 0 for nothing.</summary>
    int DoWork(MonotonicTime now);

    /// <summary>When the loop has something to do by itself; <see cref="MonotonicTime.MaxValue"/> when only input can wake it.</summary>
    MonotonicTime NextDeadline { get; }

    /// <summary>Tells the gate that the loop is about to sleep, and what would be a reason to wake it.</summary>
    void AnnounceSleep();

    /// <summary>Whether input waits: asked once more after the sleep was announced.</summary>
    bool HasInput { get; }

    /// <summary>A socket that the loop registered is readable; <paramref name="tag"/> is the loop's own number for it.</summary>
    void OnReadable(int tag);
}
