namespace Sluice.Linux;

/// <summary>An instant on CLOCK_MONOTONIC in nanoseconds: everything that is due is due on this clock. It never steps.</summary>
public readonly record struct MonotonicTime(long Ns) : IComparable<MonotonicTime>
{
    public static readonly MonotonicTime MinValue = new(long.MinValue);
    public static readonly MonotonicTime MaxValue = new(long.MaxValue);

    public int CompareTo(MonotonicTime other) => Ns.CompareTo(other.Ns);

    public static bool operator <(MonotonicTime left, MonotonicTime right) => left.Ns < right.Ns;
    public static bool operator >(MonotonicTime left, MonotonicTime right) => left.Ns > right.Ns;
    public static bool operator <=(MonotonicTime left, MonotonicTime right) => left.Ns <= right.Ns;
    public static bool operator >=(MonotonicTime left, MonotonicTime right) => left.Ns >= right.Ns;

    public static MonotonicTime operator +(MonotonicTime time, long ns) => new(time.Ns + ns);
    public static MonotonicTime operator -(MonotonicTime time, long ns) => new(time.Ns - ns);

    /// <summary>Nanoseconds from <paramref name="earlier"/> to <paramref name="later"/>.</summary>
    public static long operator -(MonotonicTime later, MonotonicTime earlier) => later.Ns - earlier.Ns;

    public MonotonicTime Add(long ns) => this + ns;
    public MonotonicTime Subtract(long ns) => this - ns;
    public long Subtract(MonotonicTime earlier) => this - earlier;
}
