using System.Numerics;

namespace Sluice.Sim;

/// <summary>
/// Repeatable chance: xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), its state
/// filled from one seed by SplitMix64. The same seed gives the same numbers on every machine.
/// </summary>
public sealed class Chance
{
    private ulong _a, _b, _c, _d;

    public Chance(ulong seed) => (_a, _b, _c, _d) = (SplitMix(ref seed), SplitMix(ref seed), SplitMix(ref seed), SplitMix(ref seed));

    /// <summary>A generator of its own for one part of the world, so that parts do not disturb each other's numbers.</summary>
    public Chance Fork() => new(Next());

    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>0 to <paramref name="bound"/> − 1.</summary>
    public long Below(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary><paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public long Between(long low, long high) => low + Below(high - low + 1);

    /// <summary>0 (included) to 1 (excluded).</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Hits(double probability) => probability > 0 && Fraction() < probability;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[(int)Below(choices.Length)];

    private static ulong SplitMix(ref ulong state)
    {
        var x = state += 0x9E37_79B9_7F4A_7C15;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}
