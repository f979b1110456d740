namespace Sluice.Control.Configuration;

/// <summary>How the transport stream of an output is cut and padded. Outputs that want the same share one feed.</summary>
/// <param name="TsPackets">Transport packets of a datagram, 1 to 7. Default 7.</param>
/// <param name="RemoveNulls">Leave null packets out. Default: they are kept.</param>
/// <param name="CbrBitsPerSecond">Constant rate of the transport stream, filled up with null packets; 0 (default) = as it comes.</param>
public sealed record ShapingConfig(int TsPackets = ShapingConfig.TsPacketsMax, bool RemoveNulls = false, long CbrBitsPerSecond = 0)
{
    /// <summary>What fits an Ethernet frame with IP, UDP and RTP headers.</summary>
    public const int TsPacketsMax = 7;

    public override string ToString() => $"{TsPackets} TS packet{(TsPackets == 1 ? "" : "s")} a datagram"
        + (RemoveNulls ? ", without null packets" : "") + (CbrBitsPerSecond > 0 ? $", {Quantities.FormatRate(CbrBitsPerSecond)} constant" : "");
}

/// <summary>The keys of an output that shape its stream; null when it has none of them.</summary>
internal static class ShapingBinder
{
    private const long CbrMin = 64_000, CbrMax = 200_000_000;

    public static ShapingConfig? Bind(Section options)
    {
        var packets = options.Number("tsPackets", ShapingConfig.TsPacketsMax, 1, ShapingConfig.TsPacketsMax);
        var remove = options.Word("nulls", false, ("keep", false), ("remove", true));
        var cbr = options.Find("cbr") is { } node ? Rate(options, node) : 0;
        if (cbr > 0 && remove)
            options.Wrong(options.Find("nulls")!, "a constant rate is made with null packets", "\"nulls\": \"remove\" or \"cbr\", not both");
        var isAsked = remove || cbr > 0 || options.Find("tsPackets") is not null;
        return isAsked ? new(packets, remove, cbr) : null;
    }

    private static long Rate(Section options, ConfigNode node)
    {
        if (node.Kind != ConfigKind.String || !Quantities.TryParseRate(node.Text, out var rate))
            options.Wrong(node, $"{node.Quoted} is not a rate", Quantities.RateForm);
        else if (rate is < CbrMin or > CbrMax)
            options.Wrong(node, $"{node.Quoted} is out of range", $"a rate from {Quantities.FormatRate(CbrMin)} to {Quantities.FormatRate(CbrMax)}");
        else
            return rate;
        return 0;
    }
}
