using BenchmarkDotNet.Attributes;
using Sluice.Flow;

namespace Sluice.Micro.Timing;

/// <summary>The wheel at work: every client stands in it once and is due about every 20 ticks.</summary>
[MemoryDiagnoser]
public class WheelBenchmarks
{
    private const int TicksPerRun = 1_000;
    private const int PeriodTicks = 20;

    private TimerWheel _wheel = null!;
    private long _tick;

    [Params(100, 10_000)]
    public int Clients { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _wheel = new TimerWheel(Clients, 0);
        for (var id = 0; id < Clients; id++)
            _wheel.Schedule(id, id % PeriodTicks);
    }

    /// <summary>Divide by 1,000 ticks and by Clients / 20 expiries a tick for the cost of one expiry and schedule.</summary>
    [Benchmark]
    public int ExpireAndSchedule()
    {
        var expired = 0;
        for (var end = _tick + TicksPerRun; _tick < end; _tick++)
            for (; _wheel.TryPopDue(_tick, out var id); expired++)
                _wheel.Schedule(id, _tick + PeriodTicks);
        return expired;
    }

    [Benchmark]
    public long FindTheNextTick() => _wheel.NextTick();
}
