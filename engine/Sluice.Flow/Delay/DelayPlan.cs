namespace Sluice.Flow;

/// <summary>How a channel chooses its clients' delays.</summary>
public enum DelayMode
{
    /// <summary>Low-discrepancy over the range (default): flatter than random and as repeatable.</summary>
    Spread,

    /// <summary>Seeded pseudo-random over the range.</summary>
    Random,

    /// <summary>The range itself, for every client.</summary>
    Fixed,

    /// <summary>No delay: every client is served at the delivery time, as other servers do.</summary>
    Off,
}

/// <summary>
/// A channel's rule for delays: pure and repeatable, the delay of the client with index i is a function of i alone.
/// </summary>
/// <param name="Mode">Which rule.</param>
/// <param name="RangeNs">Delays lie in [0, RangeNs); the delay itself for <see cref="DelayMode.Fixed"/>.</param>
/// <param name="Seed">Another seed gives another order over the same range.</param>
/// <param name="QuantumNs">
/// The feed's grid of trains, 0 when every packet goes on its own. What shows in the output is the delay modulo this grid, so
/// <see cref="DelayMode.Spread"/> spreads that part evenly by itself, and the whole quanta in front of it by another sequence.
/// </param>
public readonly record struct DelayPlan(DelayMode Mode, long RangeNs, ulong Seed, long QuantumNs = 0)
{
    /// <summary>0 to 500 ms, spread, seed 1, for the default quantum.</summary>
    public static DelayPlan Default => new(DelayMode.Spread, 500_000_000, 1, IdleStrategy.Of(EngineProfile.Balanced).QuantumNs);

    // 2⁶⁴ / golden ratio: multiples of it modulo 2⁶⁴ are the Kronecker (Weyl) sequence with the lowest discrepancy
    // of all such sequences (Niederreiter, "Random Number Generation and Quasi-Monte Carlo Methods", 1992, ch. 3).
    private const ulong GoldenStep = 0x9E37_79B9_7F4A_7C15;

    // 2⁶⁴ × (√3 − 1). Computed for 100 clients, trains of 8, windows of 1 ms, peak/mean: one golden sequence over the whole range 2.35
    // (it aliases with the grid), golden within the grid and √3 over the quanta 1.17; bursts of 40 packets 3.03 and 2.52 (2026-11-26).
    private const ulong QuantaStep = 0xBB67_AE85_84CA_A73B;

    /// <summary>The delay of client <paramref name="index"/>, ns, constant for its life.</summary>
    public long DelayNs(int index) => Mode switch
    {
        DelayMode.Spread => SpreadNs((ulong)index),
        DelayMode.Random => Scale(Mix(Seed + Mix((ulong)index)), RangeNs),
        DelayMode.Fixed => RangeNs,
        _ => 0,
    };

    private long SpreadNs(ulong index)
    {
        var phase = Mix(Seed) + index * GoldenStep;
        if (QuantumNs <= 0 || RangeNs < QuantumNs)
            return Scale(phase, RangeNs);
        var quanta = Scale(Mix(~Seed) + index * QuantaStep, RangeNs / QuantumNs);
        return quanta * QuantumNs + Scale(phase, QuantumNs);
    }

    private static long Scale(ulong fraction, long range) => (long)Math.BigMul(fraction, (ulong)range, out _);

    // SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014).
    private static ulong Mix(ulong x)
    {
        x += GoldenStep;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}

/// <summary>
/// Hands out client indices, smallest first, so that the spread stays even as clients come and go. Control plane only.
/// </summary>
public sealed class DelayIndices
{
    private readonly PriorityQueue<int, int> _returned = new();
    private int _next;

    public int Take() => _returned.TryDequeue(out var index, out _) ? index : _next++;

    public void Return(int index) => _returned.Enqueue(index, index);
}
