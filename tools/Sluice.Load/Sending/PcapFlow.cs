using System.Buffers.Binary;

namespace Sluice.Load.Sending;

/// <summary>
/// The UDP payloads of one flow in a capture file (pcap, not pcapng: <c>editcap -F pcap</c> converts), with their times. Ethernet with VLAN
/// tags, Linux cooked, raw IP and BSD loopback frames; IPv4 and IPv6 without extension headers or fragments. What cannot be read is passed over.
/// </summary>
public sealed class PcapFlow
{
    private const int FileHeader = 24, RecordHeader = 16, UdpProtocol = 17;

    private PcapFlow(IReadOnlyList<(long AtNs, byte[] Payload)> packets) => Packets = packets;

    /// <summary>Times from the first packet on.</summary>
    public IReadOnlyList<(long AtNs, byte[] Payload)> Packets { get; }

    /// <param name="port">Destination port of the flow; null takes that of the first UDP datagram.</param>
    public static PcapFlow Load(string path, int? port) => Read(File.ReadAllBytes(path), path, port);

    /// <summary>Throws <see cref="InvalidDataException"/> when it is no capture, or holds no such datagram.</summary>
    public static PcapFlow Read(ReadOnlySpan<byte> file, string name, int? port)
    {
        if (!TryReadFormat(file, out var little, out var perTick))
            throw new InvalidDataException($"{name} is not a pcap file (pcapng: editcap -F pcap).");
        var link = U32(file[20..], little) & 0xfff_ffff;
        var packets = new List<(long, byte[])>();
        long firstNs = 0, lastNs = 0;
        for (var rest = file[FileHeader..]; rest.Length >= RecordHeader;)
        {
            var length = (int)Math.Min(U32(rest[8..], little), int.MaxValue);
            var atNs = U32(rest, little) * 1_000_000_000L + U32(rest[4..], little) * perTick;
            if (length > rest.Length - RecordHeader) break;
            if (TryFindUdp(rest.Slice(RecordHeader, length), link, out var to, out var payload) && to == (port ??= to)
                && payload.Length <= PacketSource.BytesMax)
            {
                if (packets.Count == 0) firstNs = atNs;
                lastNs = Math.Max(lastNs, atNs - firstNs);   // captures of several queues are not always in order
                packets.Add((lastNs, payload.ToArray()));
            }
            rest = rest[(RecordHeader + length)..];
        }
        return packets.Count > 0
            ? new PcapFlow(packets)
            : throw new InvalidDataException($"{name} holds no UDP datagram{(port is { } p ? $" to port {p}" : "")}.");
    }

    private static bool TryReadFormat(ReadOnlySpan<byte> file, out bool little, out long nsPerTick)
    {
        (little, nsPerTick) = (true, 1000);
        if (file.Length < FileHeader) return false;
        var magic = BinaryPrimitives.ReadUInt32LittleEndian(file);
        little = magic is 0xA1B2_C3D4 or 0xA1B2_3C4D;
        if (!little) magic = BinaryPrimitives.ReadUInt32BigEndian(file);
        nsPerTick = magic == 0xA1B2_3C4D ? 1 : 1000;
        return magic is 0xA1B2_C3D4 or 0xA1B2_3C4D;
    }

    private static uint U32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    // https://www.tcpdump.org/linktypes.html: 0 BSD loopback, 1 Ethernet, 101 raw IP, 113 and 276 Linux cooked, 228 IPv4, 229 IPv6.
    private static bool TryFindUdp(ReadOnlySpan<byte> frame, uint link, out int port, out ReadOnlySpan<byte> payload)
    {
        port = 0;
        payload = default;
        var ethernet = EthernetHeader(frame);
        var start = link switch { 0 => 4, 1 => ethernet, 101 or 228 or 229 => 0, 113 => 16, 276 => 20, _ => -1 };
        if (start < 0 || frame.Length < start + 20) return false;
        var ip = frame[start..];
        var isV4 = ip[0] >> 4 == 4;
        var header = isV4 ? (ip[0] & 0xf) * 4 : 40;
        var isFragment = isV4 && (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3fff) != 0;
        if ((!isV4 && ip[0] >> 4 != 6) || ip[isV4 ? 9 : 6] != UdpProtocol || isFragment || ip.Length < header + 8) return false;
        var udp = ip[header..];
        var length = BinaryPrimitives.ReadUInt16BigEndian(udp[4..]);
        port = BinaryPrimitives.ReadUInt16BigEndian(udp[2..]);
        if (length < 8 || length > udp.Length) return false;
        payload = udp[8..length];
        return true;
    }

    private static int EthernetHeader(ReadOnlySpan<byte> frame)
    {
        var at = 12;
        while (frame.Length >= at + 2 && BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) is 0x8100 or 0x88a8) at += 4;
        return at + 2;
    }
}
