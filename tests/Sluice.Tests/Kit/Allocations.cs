namespace Sluice.Tests.Kit;

/// <summary>Counts what a body allocates on this thread, after one run that warms it up.</summary>
internal static class Allocations
{
    private const int Rounds = 100, TriesMax = 3;

    /// <summary>
    /// Bytes of a hundred runs: the least of up to three tries, because the runtime itself now and then allocates once on the
    /// thread (tiering, a cached delegate). What the body allocates is in every try.
    /// </summary>
    public static long Of(Action body)
    {
        body();
        var least = long.MaxValue;
        for (var tries = 0; tries < TriesMax && least > 0; tries++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Rounds; i++)
                body();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
