namespace Sluice.Flow;

/// <summary>A quantity of time that moves from one value to another at a steady pace, so that nobody sees a step.</summary>
/// <param name="FromNs">Where it was.</param>
/// <param name="ToNs">Where it goes.</param>
/// <param name="SinceNs">When it began to move.</param>
internal sealed record Slew(long FromNs, long ToNs, long SinceNs)
{
    /// <summary>
    /// Between two reports, five seconds apart or a little more, it moves by 10 to 15 ms: less than a frame of sound lasts (AAC 21 ms, Opus 20).
    /// </summary>
    public const long NsPerSecond = 2_000_000;

    public long At(long nowNs)
    {
        var movedNs = Math.Max(0, nowNs - SinceNs) / 1_000 * NsPerSecond / 1_000_000;
        return ToNs >= FromNs ? Math.Min(ToNs, FromNs + movedNs) : Math.Max(ToNs, FromNs - movedNs);
    }
}
