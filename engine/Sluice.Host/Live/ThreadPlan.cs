using Sluice.Control.Configuration;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// Which loops share a thread, by layout and cores. The store always has its own thread, because writing may block and
/// nothing else may; so have replays, because reading may.
/// </summary>
internal sealed class ThreadPlan
{
    /// <summary>Past four send threads one machine's network path is the limit, not the sends.</summary>
    private const int SendLoopsMax = 4;

    /// <summary>From so many cores on, ingest and every send loop can have one of their own beside the control plane.</summary>
    private const int ManyCores = 4;

    private readonly List<EngineThread> _threads = [];

    public IReadOnlyList<EngineThread> Threads => _threads;

    /// <summary>The thread of each send loop, by index.</summary>
    public List<EngineThread> SendThreads { get; } = [];

    public EngineThread IngestThread { get; private set; } = null!;

    /// <summary>Null when no source's sender is asked for anything.</summary>
    public EngineThread? FeedbackThread { get; }

    /// <summary>How many send loops a layout has on this machine.</summary>
    public static int SendLoops(ThreadLayout layout, int cores) =>
        layout == ThreadLayout.Shared || cores < ManyCores ? 1 : Math.Clamp(cores - 2, 1, SendLoopsMax);

    public ThreadPlan(EngineCore<DatagramSocket> core, ThreadLayout layout, EngineProfile profile, Action<string, Exception> onFault)
    {
        var idle = IdleStrategy.Of(profile);
        var cores = ThreadControl.AvailableCores();
        var nextCore = 0;
        // On one core a second thread only adds its wake-ups.
        switch (layout == ThreadLayout.Auto && cores.Count == 1 ? ThreadLayout.Shared : layout)
        {
            case ThreadLayout.Shared:
                IngestThread = Make([core.Ingest, core.Stamp, core.Sends[0]]);
                SendThreads.Add(IngestThread);
                break;
            case ThreadLayout.Dedicated:
                IngestThread = Make([core.Ingest]);
                Make([core.Stamp]);
                MakeSends();
                break;
            default:
                IngestThread = Make([core.Ingest, core.Stamp]);
                MakeSends();
                break;
        }
        // Sleeps but for losses and a report now and then; its sends must not keep ingest or departures waiting.
        if (core.Feedback is { } feedback)
            _threads.Add(FeedbackThread = new EngineThread([feedback], IdleStrategy.Of(EngineProfile.Eco), null, onFault));
        if (core.Store is { } store)
            _threads.Add(new EngineThread([store], IdleStrategy.Of(EngineProfile.Eco), null, onFault));
        if (core.Replay is { } replay)
            _threads.Add(new EngineThread([replay], IdleStrategy.Of(EngineProfile.Eco), null, onFault));
        if (core.Prefetch is { } prefetch)
            _threads.Add(new EngineThread([prefetch], IdleStrategy.Of(EngineProfile.Eco), null, onFault));

        void MakeSends()
        {
            foreach (var send in core.Sends)
                SendThreads.Add(Make([send]));
        }

        // Only a spinning thread is pinned: one that sleeps is better placed by the kernel.
        EngineThread Make(IEngineLoop[] loops)
        {
            int? onCore = idle.Spins && nextCore < cores.Count ? cores[nextCore++] : null;
            var thread = new EngineThread(loops, idle, onCore, onFault, loops.Contains(core.Ingest) ? core.PatienceNs : 0);
            _threads.Add(thread);
            return thread;
        }
    }

    /// <summary>"auto: ingest+stamp, send" and the like, for people.</summary>
    public string Describe(ThreadLayout layout) => $"{layout.ToString().ToLowerInvariant()}: {string.Join(", ", _threads.Select(thread => thread.Name))}";
}
