namespace Sluice.Wire.Sdp;

/// <summary>What the SDP types share.</summary>
internal static class SdpText
{
    /// <summary>Digits only, no sign, no more than <paramref name="max"/>.</summary>
    public static bool TryParseNumber(ReadOnlySpan<char> text, ulong max, out ulong value)
    {
        value = 0;
        return !text.IsEmpty && !text.ContainsAnyExceptInRange('0', '9') && ulong.TryParse(text, out value) && value <= max;
    }

    /// <summary>The first attribute of that name that has a value.</summary>
    public static string? Find(IReadOnlyList<SdpAttribute> attributes, string name)
    {
        foreach (var attribute in attributes)
            if (attribute.Name == name && attribute.Value is { } value)
                return value;
        return null;
    }
}
