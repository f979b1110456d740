using BenchmarkDotNet.Attributes;
using Sluice.Flow;

namespace Sluice.Micro.Timing;

/// <summary>The clock goes on and nobody is due: what one empty tick costs. The only client is 4,000 ticks away.</summary>
public class AdvanceBenchmarks
{
    private const int Ticks = 4_000;

    private readonly TimerWheel _wheel = new(1, 0);
    private long _tick;

    [Benchmark(OperationsPerInvoke = Ticks)]
    public long EmptyTick()
    {
        _wheel.Cancel(0);
        _wheel.Schedule(0, _tick + Ticks);
        for (var end = _tick + Ticks; _tick < end; _tick++)
            _wheel.TryPopDue(_tick, out _);
        return _tick;
    }
}
