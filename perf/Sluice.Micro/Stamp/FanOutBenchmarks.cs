using BenchmarkDotNet.Attributes;
using Sluice.Flow;

namespace Sluice.Micro.Stamp;

/// <summary>Trains for every client of a feed. One operation is one departure: 8 bytes into one client's ring.</summary>
public class FanOutBenchmarks
{
    private const int Departures = 10_000;

    private FanOut _fanOut = null!;
    private uint _train;

    [Params(1, 100, 10_000)]
    public int Clients { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _fanOut = new FanOut();
        for (var i = 0; i < Clients; i++)
            _fanOut.Add(new DepartureRing(64), DelayPlan.Default.DelayNs(i));
    }

    [Benchmark(OperationsPerInvoke = Departures)]
    public void Depart()
    {
        for (var trains = Departures / Clients; trains > 0; trains--)
            _fanOut.Depart(_train++, _train * 8_500_000L, tickShift: 19);
    }
}
