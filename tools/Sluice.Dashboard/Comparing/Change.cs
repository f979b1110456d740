using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Comparing;

internal enum Verdict
{
    /// <summary>There is nothing on such a machine to compare with.</summary>
    New,

    /// <summary>Within its noise.</summary>
    Same,
    Better,
    Worse,

    /// <summary>The last run of this kind had it and this one has not.</summary>
    Gone,
}

/// <summary>One figure beside what it was in the last run, on such a machine, that has it.</summary>
/// <param name="Group">Where it belongs.</param>
/// <param name="Now">The figure; the old one when it is gone.</param>
/// <param name="Before">The old figure, if there is one.</param>
/// <param name="Since">The name of the run that <paramref name="Before"/> is from.</param>
/// <param name="Noise">How far they had to lie apart, in the figure's unit.</param>
/// <param name="Why">What else made the verdict: loss, allocation.</param>
internal sealed record Change(ResultGroup Group, Measurement Now, Measurement? Before, string Since, double Noise, Verdict Verdict, string Why = "")
{
    /// <summary>1.25: a quarter more than before.</summary>
    public double? Ratio => Before is { Value: not 0 } before ? Now.Value / before.Value : null;
}
