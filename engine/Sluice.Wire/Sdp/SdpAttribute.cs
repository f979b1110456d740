namespace Sluice.Wire.Sdp;

/// <summary><c>a=name</c> or <c>a=name:value</c> (RFC 8866 §5.13).</summary>
/// <param name="Name">Compared with regard to case, as RFC 8866 §5.13 says.</param>
/// <param name="Value">Null for a property attribute such as <c>recvonly</c>.</param>
public readonly record struct SdpAttribute(string Name, string? Value = null)
{
    public static bool TryParse(string text, out SdpAttribute attribute)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        attribute = colon < 0 ? new SdpAttribute(text) : new SdpAttribute(text[..colon], text[(colon + 1)..]);
        return attribute.Name.Length > 0;
    }

    public override string ToString() => Value is null ? Name : $"{Name}:{Value}";
}
