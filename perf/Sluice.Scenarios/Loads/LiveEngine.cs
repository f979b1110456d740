using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Loads;

/// <summary>An engine in the shared layout on one pinned <see cref="EngineThread"/>, over real loopback sockets.</summary>
internal sealed class LiveEngine<TSocket> : IDisposable where TSocket : struct, IDatagramSocket
{
    private readonly DatagramSocket _source = Sockets.SourceSide(), _media = Sockets.Sender(), _reports = Sockets.Sender();
    private readonly EngineThread _thread;

    /// <param name="plan">What runs.</param>
    /// <param name="core">Where.</param>
    /// <param name="wrap">What the scenario puts around a kernel socket, to look at what passes.</param>
    /// <param name="beside">Loops of the scenario, after the engine's in every pass.</param>
    public LiveEngine(RigPlan plan, int core, Func<DatagramSocket, TSocket> wrap, params IEngineLoop[] beside)
    {
        Rig = new EngineRig<TSocket>(plan, wrap(_source), wrap(_media), wrap(_reports), SystemClock.Now);
        _thread = new EngineThread(
            [.. Rig.Loops, .. beside], IdleStrategy.Of(EngineProfile.Balanced), core, (role, fault) => Environment.FailFast($"{role}: {fault}"),
            Rig.Core.PatienceNs);
        if (!_thread.TryWatch(Rig.Core.Ingest, _source.Handle, 0))
            throw new InvalidOperationException("the poller refuses the source");
        Rig.AddClients();
        _thread.Start();
    }

    public EngineRig<TSocket> Rig { get; }

    public void Dispose()
    {
        _thread.Dispose();
        Rig.Dispose();
        _source.Dispose();
        _media.Dispose();
        _reports.Dispose();
    }
}
