namespace Sluice.Sim;

/// <summary>
/// How a link treats datagrams: the impairment profiles of the reliability rules, after the ranges of ITU-T G.1050.
/// </summary>
/// <param name="Name">N0 to N4.</param>
/// <param name="LossRate">Share of datagrams lost.</param>
/// <param name="BurstMean">Mean run of losses (Gilbert-Elliott: the bad state loses everything); 1 is independent loss.</param>
/// <param name="JitterNs">Delay variation, order kept.</param>
/// <param name="ReorderRate">Share that falls behind its successors.</param>
/// <param name="DuplicateRate">Share that comes twice.</param>
/// <param name="CorruptRate">Share that arrives as garbage.</param>
public sealed record LinkProfile(
    string Name, double LossRate, double BurstMean, long JitterNs, double ReorderRate, double DuplicateRate, double CorruptRate)
{
    private const long NsPerMs = 1_000_000;

    public static readonly LinkProfile N0 = new("N0", 0, 1, 0, 0, 0, 0);
    public static readonly LinkProfile N1 = new("N1", 0.0005, 1, 20 * NsPerMs, 0.00001, 0, 0);
    public static readonly LinkProfile N2 = new("N2", 0.02, 3, 100 * NsPerMs, 0.0001, 0.0001, 0);
    public static readonly LinkProfile N3 = new("N3", 0.10, 8, 300 * NsPerMs, 0.001, 0.001, 0);
    public static readonly LinkProfile N4 = new("N4", 0.20, 20, 500 * NsPerMs, 0.05, 0.05, 0.001);

    public bool IsPerfect => LossRate + ReorderRate + DuplicateRate + CorruptRate == 0 && JitterNs == 0;
}
