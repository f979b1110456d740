namespace Sluice.Host.Metrics;

/// <summary>
/// The longest time that one collection stood every thread still. After each collection the runtime finalizes a sentinel, which looks at
/// what the last one of each kind took and leaves the next sentinel behind. The finalizer's thread writes, any reads.
/// </summary>
internal static class CollectionWatch
{
    private static readonly GCKind[] s_kinds = [GCKind.Ephemeral, GCKind.FullBlocking, GCKind.Background];
    private static long s_longestTicks;

    /// <summary>Since <see cref="Start"/>; a collection that another one follows at once may be missed.</summary>
    public static TimeSpan LongestPause => new(Interlocked.Read(ref s_longestTicks));

    public static void Start() => _ = new Sentinel();

    private static void Look()
    {
        foreach (var kind in s_kinds)
            foreach (var pause in GC.GetGCMemoryInfo(kind).PauseDurations)
                if (pause.Ticks > s_longestTicks)
                    Interlocked.Exchange(ref s_longestTicks, pause.Ticks);
    }

    private sealed class Sentinel
    {
        ~Sentinel()
        {
            Look();
            Start();
        }
    }
}
