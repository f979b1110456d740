using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Sluice.Control.Configuration;
using Sluice.Wire.Sdp;

namespace Sluice.Control.Offsets;

/// <summary>How long after now the content provider wants one onward stream: what stands in an SDP line, a header's element or the API.</summary>
/// <param name="OffsetNs">0 = live.</param>
/// <param name="Output">The destination as <c>host:port</c> or a URL; null = the next of the channel's outputs that have an offset, in their order.</param>
public sealed record ProviderOffset(long OffsetNs, string? Output = null)
{
    /// <summary>As many as a channel can use, and far from what a description could hold.</summary>
    public const int CountMax = 64;

    /// <summary>Of an SDP attribute: <c>a=x-sluice-offset:12.5</c> or <c>a=x-sluice-offset:12.5 239.1.1.1:5004</c>, of the session or a section.</summary>
    public const string AttributeName = "x-sluice-offset";

    /// <summary>Of an HTTP upload: elements of the same form, separated by commas.</summary>
    public const string HeaderName = "X-Sluice-Offset";

    public const string Form = "seconds, and behind a blank the destination that they are for, as \"12.5\" or \"12.5 239.1.1.1:5004\"";

    private const int OutputLengthMax = 256;

    /// <summary>One element; false when it is not of the form.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ProviderOffset? offset)
    {
        offset = null;
        text = text.Trim();
        var blank = text.IndexOf(' ');
        var output = blank < 0 ? default : text[(blank + 1)..].Trim();
        if (!TryParseOffset(blank < 0 ? text : text[..blank], out var ns) || output.Length > OutputLengthMax || output.ContainsAnyExceptInRange('!', '~'))
            return false;
        offset = new ProviderOffset(ns, output.IsEmpty ? null : output.ToString());
        return true;
    }

    /// <summary>What a description says: the session's lines, then those of its sections. Null, or what is wrong with it.</summary>
    public static string? Read(SdpSession session, out IReadOnlyList<ProviderOffset> offsets) => Read(Elements(session), AttributeName, out offsets);

    private static List<string> Elements(SdpSession session)
    {
        var elements = new List<string>();
        Add(elements, session.Attributes);
        foreach (var section in session.Media)
            Add(elements, section.Attributes);
        return elements;
    }

    private static void Add(List<string> elements, IReadOnlyList<SdpAttribute> attributes)
    {
        foreach (var attribute in attributes)
            if (attribute.Name == AttributeName)
                elements.Add(attribute.Value ?? "");
    }

    /// <summary>What a header's lines say. Null, or what is wrong with it.</summary>
    public static string? Read(IEnumerable<string?> headerLines, out IReadOnlyList<ProviderOffset> offsets) =>
        Read(headerLines.SelectMany(line => line?.Split(',') ?? []), HeaderName, out offsets);

    /// <summary>Elements from elsewhere. Null, or what is wrong with them.</summary>
    /// <param name="elements">One each.</param>
    /// <param name="name">What people know them by.</param>
    /// <param name="offsets">In their order.</param>
    public static string? Read(IEnumerable<string> elements, string name, out IReadOnlyList<ProviderOffset> offsets)
    {
        var read = new List<ProviderOffset>();
        offsets = read;
        foreach (var element in elements)
        {
            if (read.Count == CountMax)
                return $"there are more than {CountMax} of {name}";
            if (!TryParse(element, out var offset))
                return $"{name} is {Form}";
            read.Add(offset);
        }
        return null;
    }

    // Seconds, as SDP and HTTP write time; with a unit as people do.
    private static bool TryParseOffset(ReadOnlySpan<char> text, out long ns)
    {
        ns = 0;
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            if (seconds > KeepConfig.WindowMaxNs / 1_000_000_000)
                return false;
            ns = (long)(seconds * 1_000_000_000);
            return true;
        }
        return Quantities.TryParseDuration(text.ToString(), out ns) && ns <= KeepConfig.WindowMaxNs;
    }
}
