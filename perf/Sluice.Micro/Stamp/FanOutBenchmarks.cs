using BenchmarkDotNet.Attributes;
using Sluice.Flow;

namespace Sluice.Micro.Stamp;

/// <summary>One train for every client of a feed. Divide by Clients for the cost of a departure.</summary>
[MemoryDiagnoser]
public class FanOutBenchmarks
{
    private readonly FanOut _fanOut = new();
    private uint _train;

    [Params(1, 100, 10_000)]
    public int Clients { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < Clients; i++)
            _fanOut.Add(new DepartureRing(64), DelayPlan.Default.DelayNs(i));
    }

    [Benchmark]
    public void Depart() => _fanOut.Depart(_train++, _train * 8_500_000L, tickShift: 19);
}
