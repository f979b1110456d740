using Sluice.Control.Configuration;

namespace Sluice.Control.Offsets;

/// <summary>Whose word counts for the offsets of a channel's outputs.</summary>
public enum OffsetAuthority
{
    /// <summary>The configuration's (default); what the content provider says is shown and nothing else.</summary>
    Config,

    /// <summary>The content provider's, for every output that he names or reaches; the configuration's for the others.</summary>
    Provider,
}

/// <summary>One output's offset, and who it is by.</summary>
/// <param name="Output">The destination's URL.</param>
/// <param name="ConfiguredNs">What the configuration says.</param>
/// <param name="ProvidedNs">What the content provider says; null = nothing.</param>
/// <param name="OffsetNs">What holds.</param>
public sealed record OutputOffset(string Output, long ConfiguredNs, long? ProvidedNs, long OffsetNs);

/// <summary>Which of the content provider's offsets is for which output. Pure.</summary>
public static class OffsetChoice
{
    /// <summary>
    /// The offsets of a channel's outputs, in their order. One with a destination is that output's; those without go to the outputs that are
    /// configured with an offset, one after the other, but for those that were named.
    /// </summary>
    /// <param name="outputs">The channel's outputs, as configured.</param>
    /// <param name="provided">What the content provider said.</param>
    /// <param name="authority">Whose word counts.</param>
    /// <param name="windowNs">What the channel keeps, 0 = as long as there is room: no offset may reach out of it.</param>
    /// <param name="wrong">What of it cannot be followed, for people; null = all can.</param>
    public static IReadOnlyList<OutputOffset> Choose(
        IReadOnlyList<OutputConfig> outputs, IReadOnlyList<ProviderOffset> provided, OffsetAuthority authority, long windowNs,
        out string? wrong)
    {
        wrong = null;
        var said = new long?[outputs.Count];
        foreach (var one in provided)
            if (one.Output is { } name && Find(outputs, name) is >= 0 and var place && said[place] is null)
                said[place] = one.OffsetNs;
            else if (one.Output is not null)
                wrong ??= $"no output goes to {one.Output}, or two offsets do";
        var next = 0;
        foreach (var one in provided)
        {
            if (one.Output is not null)
                continue;
            for (; next < outputs.Count && (outputs[next].OffsetNs == 0 || said[next] is not null); next++) ;
            if (next == outputs.Count)
                wrong ??= $"there are more offsets than outputs that have one ({outputs.Count(output => output.OffsetNs > 0)})";
            else
                said[next] = one.OffsetNs;
        }
        foreach (var ns in said)
            if (WhyNot(ns, windowNs) is { } reason)
                wrong ??= reason;
        var chosen = new List<OutputOffset>(outputs.Count);
        for (var i = 0; i < outputs.Count; i++)
            chosen.Add(Resolve(outputs[i], WhyNot(said[i], windowNs) is null ? said[i] : null, authority));
        return chosen;
    }

    private static OutputOffset Resolve(OutputConfig output, long? said, OffsetAuthority authority) =>
        new(output.To.ToString(), output.OffsetNs, said, authority == OffsetAuthority.Provider && said is { } ns ? ns : output.OffsetNs);

    private static string? WhyNot(long? ns, long windowNs) => ns switch
    {
        null or 0 => null,
        < OutputConfig.OffsetMinNs =>
            $"{Quantities.FormatDuration(ns.Value)} is too near to now: 0, or {Quantities.FormatDuration(OutputConfig.OffsetMinNs)} and more",
        _ when windowNs > 0 && ns >= windowNs =>
            $"{Quantities.FormatDuration(ns.Value)} is more than the channel keeps ({Quantities.FormatDuration(windowNs)})",
        _ => null,
    };

    private static int Find(IReadOnlyList<OutputConfig> outputs, string name)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            var to = outputs[i].To;
            var place = $"{HostPort.Bracketed(to.Host)}:{to.Port}";
            if (name.Equals(to.ToString(), StringComparison.OrdinalIgnoreCase) || name.Equals(place, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        return -1;
    }
}
