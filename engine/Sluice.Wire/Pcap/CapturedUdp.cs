using System.Buffers.Binary;

namespace Sluice.Wire.Pcap;

/// <summary>
/// The UDP datagram (RFC 768) of a captured packet, seen in place: over IPv4 or IPv6, whole, not a fragment. Checksums are not looked at,
/// for on the way out network cards compute them later.
/// </summary>
public readonly ref struct CapturedUdp
{
    private const int UdpHeaderSize = 8, Udp = 17;
    private const ushort IPv4 = 0x0800, IPv6 = 0x86dd, Vlan = 0x8100, ServiceVlan = 0x88a8, OldServiceVlan = 0x9100;
    private const int VlanTagsMax = 4, ExtensionsMax = 8;

    private readonly ReadOnlySpan<byte> _frame;
    private readonly int _addresses, _addressLength, _udp, _length;

    private CapturedUdp(ReadOnlySpan<byte> frame, int addresses, int addressLength, int udp, int length)
    {
        _frame = frame;
        (_addresses, _addressLength, _udp, _length) = (addresses, addressLength, udp, length);
    }

    /// <summary>4 or 16 bytes.</summary>
    public ReadOnlySpan<byte> Source => _frame.Slice(_addresses, _addressLength);
    public ReadOnlySpan<byte> Destination => _frame.Slice(_addresses + _addressLength, _addressLength);
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_frame[_udp..]);
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_frame[(_udp + 2)..]);

    /// <summary>Where the payload begins in the captured packet.</summary>
    public int PayloadOffset => _udp + UdpHeaderSize;
    public ReadOnlySpan<byte> Payload => _frame.Slice(PayloadOffset, _length - UdpHeaderSize);

    /// <summary>False: not UDP, a fragment, cut short by the capture, or not what its link type says.</summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, PcapLink link, out CapturedUdp datagram)
    {
        datagram = default;
        if (!TrySkipLink(frame, link, out int ip) || ip >= frame.Length)
            return false;
        return (frame[ip] >> 4) switch
        {
            4 => TryParseIPv4(frame, ip, out datagram),
            6 => TryParseIPv6(frame, ip, out datagram),
            _ => false,
        };
    }

    private static bool TrySkipLink(ReadOnlySpan<byte> frame, PcapLink link, out int ip)
    {
        ip = link switch
        {
            PcapLink.Null or PcapLink.Loop => 4,
            PcapLink.Ethernet => AfterEtherType(frame, 12),
            PcapLink.LinuxSll => AfterEtherType(frame, 14),
            PcapLink.LinuxSll2 => IsIP(frame, 0) ? 20 : frame.Length,
            PcapLink.Raw or PcapLink.RawOld or PcapLink.RawBsd or PcapLink.IPv4 or PcapLink.IPv6 => 0,
            _ => frame.Length,
        };
        return ip < frame.Length;
    }

    private static bool IsIP(ReadOnlySpan<byte> frame, int at) =>
        frame.Length >= at + 2 && BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) is IPv4 or IPv6;

    // IEEE 802.1Q: a tag stands before the type that it belongs to, and tags may be stacked.
    private static int AfterEtherType(ReadOnlySpan<byte> frame, int at)
    {
        for (int tags = 0; tags <= VlanTagsMax && frame.Length >= at + 2; tags++, at += 4)
        {
            if (IsIP(frame, at))
                return at + 2;
            if (BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) is not (Vlan or ServiceVlan or OldServiceVlan))
                break;
        }
        return frame.Length;
    }

    // RFC 791 §3.1
    private static bool TryParseIPv4(ReadOnlySpan<byte> frame, int ip, out CapturedUdp datagram)
    {
        datagram = default;
        var header = frame[ip..];
        if (header.Length < 20)
            return false;
        int size = (header[0] & 0x0f) * 4, total = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(header[6..]) & 0x3fff) != 0;
        return size >= 20 && !isFragment && header[9] == Udp && TryFinish(frame, ip + 12, 4, ip + size, ip + total, out datagram);
    }

    // RFC 8200 §3, §4
    private static bool TryParseIPv6(ReadOnlySpan<byte> frame, int ip, out CapturedUdp datagram)
    {
        datagram = default;
        if (frame.Length < ip + 40)
            return false;
        int end = ip + 40 + BinaryPrimitives.ReadUInt16BigEndian(frame[(ip + 4)..]), at = ip + 40;
        byte next = frame[ip + 6];
        // Hop-by-hop, routing and destination options; a fragment header (44) ends it.
        for (int seen = 0; next is 0 or 43 or 60 && seen < ExtensionsMax && frame.Length >= at + 2; seen++)
            (next, at) = (frame[at], at + 8 * (frame[at + 1] + 1));
        return next == Udp && TryFinish(frame, ip + 8, 16, at, end, out datagram);
    }

    private static bool TryFinish(ReadOnlySpan<byte> frame, int addresses, int addressLength, int udp, int end, out CapturedUdp datagram)
    {
        datagram = default;
        if (udp + UdpHeaderSize > frame.Length)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(frame[(udp + 4)..]);
        if (length < UdpHeaderSize || udp + length > end || udp + length > frame.Length)
            return false;
        datagram = new CapturedUdp(frame, addresses, addressLength, udp, length);
        return true;
    }
}
