using BenchmarkDotNet.Attributes;
using Sluice.Flow;

namespace Sluice.Micro.Delay;

/// <summary>What a join pays for its delay: the index it is given, and the delay that follows from it.</summary>
public class DelayBenchmarks
{
    private readonly DelayPlan _spread = DelayPlan.Default;
    private readonly DelayPlan _random = DelayPlan.Default with { Mode = DelayMode.Random };
    private DelayIndices _indices = null!;
    private int _index;

    /// <summary>1,000 clients, every third of which has left again.</summary>
    [GlobalSetup]
    public void Fill()
    {
        _indices = new DelayIndices();
        for (var i = 0; i < 1_000; i++)
            _indices.Take();
        for (var i = 0; i < 1_000; i += 3)
            _indices.Return(i);
    }

    [Benchmark]
    public long Spread() => _spread.DelayNs(++_index & 0xffff);

    [Benchmark]
    public long Random() => _random.DelayNs(++_index & 0xffff);

    [Benchmark]
    public void TakeAndReturnIndex() => _indices.Return(_indices.Take());
}
