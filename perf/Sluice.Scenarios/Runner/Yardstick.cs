using Sluice.Linux;

namespace Sluice.Scenarios.Runner;

/// <summary>
/// How fast the engine's core is at the moment: a fixed piece of integer work that needs neither memory nor kernel. A virtual machine's core
/// is often half of a real one, and who works on the other half slows it by a half or more without any counter of the guest saying so (stolen time
/// does not). Figures in ns of two runs compare only where their yardsticks do.
/// </summary>
internal static class Yardstick
{
    private const int Samples = 10, Steps = 2_000_000;
    private static long s_kept;         // so that the work is not compiled away

    /// <summary>Of one step, ns: one for each of some samples of a few ms.</summary>
    public static double[] Measure(int core)
    {
        var samples = new double[Samples];
        Pinned.Run(core, () =>
        {
            for (var i = 0; i < Samples; i++)
                samples[i] = Once();
        });
        return samples;
    }

    /// <summary>The row of a scenario: taken before it, and after.</summary>
    public static void Add(Findings findings, double[] before, double[] after) =>
        findings.Add("yardstick, fixed work on the engine's core", "ns", [.. before, .. after], Goal.Lower, null, "before and after: see Yardstick");

    // Six chains that do not wait for each other keep every unit of the core at work, which is what its other half takes from it: one chain alone
    // takes as long beside a neighbour as without. 2.1 and 3.1 ns here, where 10,000 clients over the null sink take 34 and 63 (2026-11-27).
    private static double Once()
    {
        var (a, b, c, d, e, f) = (1UL, 2UL, 3UL, 4UL, 5UL, 6UL);
        var from = SystemClock.Now;
        for (ulong i = 0; i < Steps; i++)
        {
            a = (a ^ i) * 3 + i;
            b = (b + i) ^ (i >> 3);
            c = (c ^ i) + (i << 2);
            d = (d + i) ^ (i >> 5);
            e = (e ^ i) + (i << 1);
            f = (f + i) ^ (i >> 7);
        }
        var took = SystemClock.Now - from;
        s_kept += (long)(a ^ b ^ c ^ d ^ e ^ f);
        return (double)took / Steps;
    }
}
