using System.Globalization;
using System.Text;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>One alternative of a Transport header (RFC 2326 §12.39). Unknown parameters are passed over.</summary>
public readonly record struct TransportHeader(TransportProtocol Protocol, TransportDelivery Delivery = TransportDelivery.Unstated)
{
    public static ReadOnlySpan<byte> Name => "Transport"u8;

    public PortPair? ClientPort { get; init; }
    public PortPair? ServerPort { get; init; }
    /// <summary>The ports of a multicast session.</summary>
    public PortPair? Port { get; init; }
    public PortPair? Interleaved { get; init; }
    /// <summary>Where the client wants the stream to go: a hint that aims packets at third parties, so it is compared and never used.</summary>
    public string? Destination { get; init; }
    public string? Source { get; init; }
    public uint? Ssrc { get; init; }
    public byte? Ttl { get; init; }
    public TransportMode Mode { get; init; }

    public bool IsTcp => Protocol is TransportProtocol.RtpAvpTcp or TransportProtocol.RtpAvpfTcp;

    /// <summary>The client took the offer of feedback (RFC 4585).</summary>
    public bool IsFeedback => Protocol is TransportProtocol.RtpAvpf or TransportProtocol.RtpAvpfTcp;

    /// <summary>
    /// Takes the next alternative off the header's value: true when there was one, whatever it held.
    /// One that is malformed or of another profile comes out as null.
    /// </summary>
    public static bool TryReadNext(ref ReadOnlySpan<byte> rest, out TransportHeader? alternative)
    {
        alternative = null;
        if (!AsciiText.TryTakeElement(ref rest, (byte)',', out var element))
            return false;
        if (TryParse(element, out var header))
            alternative = header;
        return true;
    }

    public static bool TryParse(ReadOnlySpan<byte> element, out TransportHeader header)
    {
        header = default;
        if (!AsciiText.TryTakeElement(ref element, (byte)';', out var profile) || !TryParseProtocol(profile, out var protocol))
            return false;
        var parsed = new TransportHeader(protocol);
        while (AsciiText.TryTakeElement(ref element, (byte)';', out var parameter))
        {
            AsciiText.SplitParameter(parameter, out var name, out var value);
            if (!TryAdd(parsed, name, value, out parsed))
                return false;
        }
        header = parsed;
        return true;
    }

    private static bool TryParseProtocol(ReadOnlySpan<byte> text, out TransportProtocol protocol)
    {
        protocol = Ascii.EqualsIgnoreCase(text, "RTP/AVP/TCP"u8) ? TransportProtocol.RtpAvpTcp
            : Ascii.EqualsIgnoreCase(text, "RTP/AVPF"u8) || Ascii.EqualsIgnoreCase(text, "RTP/AVPF/UDP"u8) ? TransportProtocol.RtpAvpf
            : Ascii.EqualsIgnoreCase(text, "RTP/AVPF/TCP"u8) ? TransportProtocol.RtpAvpfTcp
            : Ascii.EqualsIgnoreCase(text, "RTP/AVP/UDP"u8) ? TransportProtocol.RtpAvpUdp : TransportProtocol.RtpAvp;
        return protocol != TransportProtocol.RtpAvp || Ascii.EqualsIgnoreCase(text, "RTP/AVP"u8);
    }

    /// <summary>A parameter given twice is an error: two readers of it might choose differently.</summary>
    private static bool TryAdd(TransportHeader before, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, out TransportHeader header)
    {
        header = before;
        if (Is(name, "unicast"u8) || Is(name, "multicast"u8))
        {
            header = before with { Delivery = Is(name, "unicast"u8) ? TransportDelivery.Unicast : TransportDelivery.Multicast };
            return before.Delivery == TransportDelivery.Unstated;
        }
        if (Is(name, "client_port"u8))
            return TryPair(value, ushort.MaxValue, before.ClientPort, out var pair) && Set(out header, before with { ClientPort = pair });
        if (Is(name, "server_port"u8))
            return TryPair(value, ushort.MaxValue, before.ServerPort, out var pair) && Set(out header, before with { ServerPort = pair });
        if (Is(name, "port"u8))
            return TryPair(value, ushort.MaxValue, before.Port, out var pair) && Set(out header, before with { Port = pair });
        if (Is(name, "interleaved"u8))
            return TryPair(value, byte.MaxValue, before.Interleaved, out var pair) && Set(out header, before with { Interleaved = pair });
        return TryAddScalar(before, name, value, ref header);
    }

    private static bool TryAddScalar(TransportHeader before, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref TransportHeader header)
    {
        if (Is(name, "destination"u8))
            return before.Destination is null && TryAddress(value, out var to) && Set(out header, before with { Destination = to });
        if (Is(name, "source"u8))
            return before.Source is null && TryAddress(value, out var from) && Set(out header, before with { Source = from });
        if (Is(name, "ssrc"u8))
            return before.Ssrc is null && AsciiText.TryParseHex32(value, out var ssrc) && Set(out header, before with { Ssrc = ssrc });
        if (Is(name, "ttl"u8))
            return before.Ttl is null && AsciiText.TryParseDigits(value, byte.MaxValue, out var ttl)
                && Set(out header, before with { Ttl = (byte)ttl });
        return !Is(name, "mode"u8) || (TryMode(value, out var mode) && before.Mode == TransportMode.Unstated
            && Set(out header, before with { Mode = mode }));
    }

    private static bool TryMode(ReadOnlySpan<byte> value, out TransportMode mode)
    {
        mode = Is(value, "PLAY"u8) ? TransportMode.Play : Is(value, "RECORD"u8) ? TransportMode.Record : TransportMode.Unstated;
        return mode != TransportMode.Unstated;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(text, name);

    private static bool Set(out TransportHeader header, TransportHeader changed)
    {
        header = changed;
        return true;
    }

    private static bool TryPair(ReadOnlySpan<byte> text, ushort max, PortPair? before, out PortPair pair)
    {
        pair = default;
        var second = text;
        var isRange = AsciiText.TryTake(ref second, (byte)'-', out var first);
        if (before is not null || !AsciiText.TryParseDigits(isRange ? first : text, max, out var rtp))
            return false;
        var rtcp = rtp + 1;
        if ((isRange && !AsciiText.TryParseDigits(second, max, out rtcp)) || rtcp > max)
            return false;
        pair = new PortPair((ushort)rtp, (ushort)rtcp);
        return true;
    }

    private static bool TryAddress(ReadOnlySpan<byte> text, out string address)
    {
        address = "";
        if (text.IsEmpty || text.Length > 253 || text.IndexOfAnyExcept(AsciiText.AddressBytes) >= 0)
            return false;
        address = Encoding.ASCII.GetString(text);
        return true;
    }

    public override string ToString()
    {
        var text = new StringBuilder(Protocol switch
        {
            TransportProtocol.RtpAvpTcp => "RTP/AVP/TCP",
            TransportProtocol.RtpAvpUdp => "RTP/AVP/UDP",
            TransportProtocol.RtpAvpf => "RTP/AVPF",
            TransportProtocol.RtpAvpfTcp => "RTP/AVPF/TCP",
            _ => "RTP/AVP",
        });
        if (Delivery != TransportDelivery.Unstated)
            text.Append(Delivery == TransportDelivery.Unicast ? ";unicast" : ";multicast");
        Append(text, "destination", Destination);
        Append(text, "source", Source);
        Append(text, "interleaved", Interleaved);
        Append(text, "port", Port);
        Append(text, "client_port", ClientPort);
        Append(text, "server_port", ServerPort);
        Append(text, "ttl", Ttl);
        Append(text, "ssrc", Ssrc?.ToString("X8", CultureInfo.InvariantCulture));
        Append(text, "mode", Mode == TransportMode.Unstated ? null : Mode == TransportMode.Play ? "\"PLAY\"" : "\"RECORD\"");
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, object? value)
    {
        if (value is not null)
            text.Append(CultureInfo.InvariantCulture, $";{name}={value}");
    }
}
