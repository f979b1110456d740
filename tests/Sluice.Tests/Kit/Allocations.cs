namespace Sluice.Tests.Kit;

/// <summary>Counts what a body allocates on this thread, after one run that warms it up.</summary>
internal static class Allocations
{
    public static long Of(Action body)
    {
        body();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            body();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
