using BenchmarkDotNet.Attributes;
using Sluice.Flow;

namespace Sluice.Micro.Timing;

/// <summary>
/// The wheel at work: every client stands in it once and is due every 20 ticks, in an order that no prefetcher guesses.
/// One operation is one client.
/// </summary>
public class WheelBenchmarks
{
    private const int Operations = 10_000;
    private const int PeriodTicks = 20;

    private TimerWheel _wheel = null!;
    private TimerWheel _partlyFilled = null!;
    private long _tick;

    [Params(10_000, 1_000_000)]
    public int Clients { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _wheel = new TimerWheel(Clients, 0);
        _partlyFilled = new TimerWheel(Clients + Operations, 0);
        for (var id = 0; id < Clients; id++)
        {
            _wheel.Schedule(id, Scatter(id) % PeriodTicks);
            _partlyFilled.Schedule(id, Scatter(id) % TimerWheel.Slots);
        }
        _tick = 0;
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public long ExpireAndSchedule()
    {
        for (var left = Operations; left > 0; _tick++)
            for (; left > 0 && _wheel.TryPopDue(_tick, out var id); left--)
                _wheel.Schedule(id, _tick + PeriodTicks);
        // The last tick may not be empty yet: the next run goes on in it.
        return --_tick;
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public int ScheduleAndCancel()
    {
        for (var i = 0; i < Operations; i++)
            _partlyFilled.Schedule(Clients + i, Scatter(i) % TimerWheel.Slots);
        for (var i = 0; i < Operations; i++)
            _partlyFilled.Cancel(Clients + i);
        return _partlyFilled.Count;
    }

    [Benchmark]
    public long FindTheNextTick() => _wheel.NextTick();

    // Knuth's multiplicative hash: neighbours in id are not neighbours in time.
    private static long Scatter(int id) => (uint)id * 2_654_435_769u >> 8;
}
