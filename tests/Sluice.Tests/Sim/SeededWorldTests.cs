using Sluice.Sim;

namespace Sluice.Tests.Sim;

public class SeededWorldTests
{
    private const int SeedsPerCase = 10;

    public static TheoryData<int> Decades => new(Enumerable.Range(0, 10));

    /// <summary>A hundred worlds with their own mixture of troubles: every checker holds, and all converge when the faults end.</summary>
    [Theory, MemberData(nameof(Decades))]
    public void KeepsEveryPromise(int decade)
    {
        for (var i = 1; i <= SeedsPerCase; i++)
            Trace((ulong)(decade * SeedsPerCase + i));
    }

    [Theory, MemberData(nameof(Decades))]
    public void ReplaysToTheSameTrace(int decade)
    {
        var seed = (ulong)(decade * SeedsPerCase + 1);
        Assert.Equal(Trace(seed), Trace(seed));
    }

    [Fact]
    public void AnotherSeedIsAnotherTrace() => Assert.NotEqual(Trace(1), Trace(2));

    private static ulong Trace(ulong seed)
    {
        using var world = World.FromSeed(seed);
        try
        {
            world.Run();
        }
        catch (Exception fault)
        {
            Assert.Fail($"replay with: sluice-sim --seed {seed}\n{world.Plan}\n{fault}");
        }
        Assert.True(world.Media.Datagrams > 0, $"seed {seed}: nobody received anything");
        return world.Trace;
    }
}
