namespace Sluice.Wire.Rtsp.Headers;

/// <summary>The methods a server answers (RFC 2326 §12.28). Also the value of Allow (§12.4), which follows a 405.</summary>
/// <param name="Mask">Bit n stands for the <see cref="RtspMethod"/> of value n.</param>
public readonly record struct PublicHeader(uint Mask)
{
    public static ReadOnlySpan<byte> Name => "Public"u8;
    public static ReadOnlySpan<byte> AllowName => "Allow"u8;

    public static PublicHeader Of(params ReadOnlySpan<RtspMethod> methods)
    {
        var mask = 0u;
        foreach (var method in methods)
            mask |= 1u << (int)method;
        return new PublicHeader(mask);
    }

    public bool Contains(RtspMethod method) => (Mask & (1u << (int)method)) != 0;

    /// <summary>Methods that are not of RTSP 1.0 are passed over; false when an element is no token.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out PublicHeader header)
    {
        header = default;
        var mask = 0u;
        var rest = value;
        while (AsciiText.TryTakeElement(ref rest, (byte)',', out var name))
        {
            if (!AsciiText.IsToken(name))
                return false;
            mask |= 1u << (int)RtspMethods.Parse(name);
        }
        header = new PublicHeader(mask & ~1u);
        return true;
    }

    public override string ToString()
    {
        var names = new List<string>(RtspMethods.Count);
        for (var i = 1; i < RtspMethods.Count; i++)
            if (Contains((RtspMethod)i))
                names.Add(((RtspMethod)i).Name());
        return string.Join(", ", names);
    }
}
