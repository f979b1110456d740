using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Scenarios.Loads;

/// <summary>
/// An engine over <see cref="NullSocket"/>s, driven as an <see cref="EngineThread"/> would, in virtual time: from one reason to
/// wake to the next without sleeping.
/// </summary>
internal sealed class VirtualEngine : IDisposable
{
    private const long StartNs = 1_000_000_000_000;

    private readonly Script _script;
    private readonly IEngineLoop[] _loops;
    private MonotonicTime _now = new(StartNs);

    public VirtualEngine(RigPlan plan, bool withClients = true)
    {
        _script = new Script(plan.Flow, StartNs);
        Rig = new EngineRig<NullSocket>(plan, new NullSocket(_script), new NullSocket(null), new NullSocket(null), _now);
        _loops = Rig.Loops;
        if (withClients)
            Rig.AddClients();
    }

    public EngineRig<NullSocket> Rig { get; }

    /// <summary>Passes made so far: wake-ups of a real engine.</summary>
    public long Passes { get; private set; }

    public void RunFor(long ns)
    {
        for (var end = _now + ns; _now < end; Passes++)
            Pass();
    }

    private void Pass()
    {
        foreach (var loop in _loops)
            loop.Gate.BeginPass(_now);
        if (_script.NextNs <= _now.Ns)
            Rig.Core.Ingest.OnReadable(0);
        foreach (var loop in _loops)
            loop.DoWork(_now);
        var next = _script.NextNs;
        foreach (var loop in _loops)
            next = Math.Min(next, loop.NextDeadline.Ns);
        foreach (var loop in _loops)
            loop.AnnounceSleep();
        _now = new MonotonicTime(Math.Max(next, _now.Ns + 1));
    }

    public void Dispose() => Rig.Dispose();
}
