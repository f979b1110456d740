namespace Sluice.Wire.Rtcp;

/// <summary>
/// The RTCP packets of one datagram (RFC 3550 §6.1), walked with <c>foreach</c>. Every length word was checked by
/// <see cref="TryParse"/>, so the walk meets no surprise.
/// </summary>
public readonly ref struct RtcpCompound
{
    private readonly ReadOnlySpan<byte> _datagram;

    private RtcpCompound(ReadOnlySpan<byte> datagram) => _datagram = datagram;

    /// <summary>
    /// The header checks of RFC 3550 A.2: version 2 throughout, a report first and that without padding, padding only on
    /// the last packet, lengths that add up to the datagram. <paramref name="acceptReducedSize"/> takes also datagrams that
    /// begin with another type, where that was negotiated (RFC 5506).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out RtcpCompound compound, bool acceptReducedSize = false)
    {
        compound = default;
        var rest = datagram;
        for (bool first = true; first || rest.Length > 0; first = false)
        {
            if (!RtcpPacket.TryParse(rest, out var packet))
                return false;
            if (first && !acceptReducedSize && !IsReport(packet))
                return false;
            rest = rest[packet.SizeOnWire..];
            if (packet.HasPadding && (rest.Length > 0 || (first && !acceptReducedSize)))
                return false;
        }
        compound = new RtcpCompound(datagram);
        return true;
    }

    /// <summary>
    /// Tells RTCP from RTP on a shared port by the second byte (RFC 5761 §4): 192 to 223 are RTCP, so a session with
    /// both on one port must not use RTP payload types 64 to 95.
    /// </summary>
    public static bool LooksLikeRtcp(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= RtcpPacket.HeaderSize && datagram[0] >> 6 == 2 && datagram[1] is >= 192 and <= 223;

    public Enumerator GetEnumerator() => new(_datagram);

    private static bool IsReport(scoped in RtcpPacket packet) =>
        packet.Type is RtcpPacketType.SenderReport or RtcpPacketType.ReceiverReport;

    /// <summary>Takes at least four bytes from the rest at each step, so it ends.</summary>
    public ref struct Enumerator(ReadOnlySpan<byte> datagram)
    {
        private ReadOnlySpan<byte> _rest = datagram;

        public RtcpPacket Current { get; private set; }

        public bool MoveNext()
        {
            if (!RtcpPacket.TryParse(_rest, out var packet))
                return false;
            Current = packet;
            _rest = _rest[packet.SizeOnWire..];
            return true;
        }
    }
}
