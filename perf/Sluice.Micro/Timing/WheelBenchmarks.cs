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
    private const int Batch = 25;        // about as many as the send loop takes at a time, and a divisor of the operations

    private readonly int[] _due = new int[Batch];
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
        for (var left = Operations; left > 0;)
        {
            var popped = _wheel.PopDue(_tick, _due);
            foreach (var id in _due.AsSpan(0, popped))
                _wheel.Schedule(id, _tick + PeriodTicks);
            left -= popped;
            // The last tick may not be empty yet: the next run goes on in it.
            _tick += popped < Batch ? 1 : 0;
        }
        return _tick;
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
