using System.Globalization;

namespace Sluice.Wire.Rtsp.Headers;

/// <summary>The profile and lower transport as spelled on the wire.</summary>
public enum TransportProtocol
{
    /// <summary>RTP/AVP: UDP by default.</summary>
    RtpAvp,
    /// <summary>RTP/AVP/UDP: the same, spelled out (ffmpeg).</summary>
    RtpAvpUdp,
    /// <summary>RTP/AVP/TCP: interleaved on the RTSP connection.</summary>
    RtpAvpTcp,
    /// <summary>RTP/AVPF: with feedback (RFC 4585), UDP by default.</summary>
    RtpAvpf,
    /// <summary>RTP/AVPF/TCP.</summary>
    RtpAvpfTcp,
}

/// <summary>Whether the element says unicast, multicast or nothing (RFC 2326 then means multicast; clients mean unicast).</summary>
public enum TransportDelivery { Unstated, Unicast, Multicast }

/// <summary>The mode parameter; unstated means play.</summary>
public enum TransportMode { Unstated, Play, Record }

/// <summary>Two ports or two interleaved channels: RTP and RTCP. A single number on the wire means that and the next.</summary>
public readonly record struct PortPair(ushort Rtp, ushort Rtcp)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rtp}-{Rtcp}");
}
