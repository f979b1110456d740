using System.Buffers.Binary;
using Sluice.Tests.Kit;
using Sluice.Wire.Pcap;

namespace Sluice.Tests.Wire.Pcap;

public class CapturedUdpTests
{
    private static readonly byte[] s_payload = "seven packets of 188 bytes, say"u8.ToArray();

    public static TheoryData<string, PcapLink, byte[]> Frames => new()
    {
        { "Ethernet, IPv4", PcapLink.Ethernet, [.. Mac(0x0800), .. IPv4()] },
        { "Ethernet, IPv6", PcapLink.Ethernet, [.. Mac(0x86dd), .. IPv6()] },
        { "Ethernet, two tags", PcapLink.Ethernet, [.. Mac(0x88a8), 0, 1, 0x81, 0, 0, 2, 0x08, 0, .. IPv4()] },
        { "Ethernet, padded to 60 and with options", PcapLink.Ethernet, [.. Mac(0x0800), .. IPv4(options: 8), .. new byte[20]] },
        { "cooked", PcapLink.LinuxSll, [.. new byte[14], 0x08, 0, .. IPv4()] },
        { "cooked, version 2", PcapLink.LinuxSll2, [0x86, 0xdd, .. new byte[18], .. IPv6()] },
        { "raw IPv4", PcapLink.Raw, IPv4() },
        { "raw IPv6 with extension headers", PcapLink.Raw, IPv6(0, 60) },
        { "raw, older number", PcapLink.RawOld, IPv4() },
        { "loopback, little-endian", PcapLink.Null, [2, 0, 0, 0, .. IPv4()] },
        { "loopback, big-endian", PcapLink.Loop, [0, 0, 0, 24, .. IPv6()] },
        { "IPv6", PcapLink.IPv6, IPv6() },
    };

    [Theory, MemberData(nameof(Frames))]
    public void FindsTheDatagramBehindEveryLink(string what, PcapLink link, byte[] frame)
    {
        Assert.True(CapturedUdp.TryParse(frame, link, out var datagram), what);
        Assert.Equal((7_000, 5_004), (datagram.SourcePort, datagram.DestinationPort));
        Assert.Equal(s_payload, datagram.Payload.ToArray());
        Assert.Equal(s_payload[0], frame[datagram.PayloadOffset]);
        Assert.Equal(1, datagram.Source[^1]);
        Assert.Equal(2, datagram.Destination[^1]);
    }

    /// <summary>RFC 791 §3.1, RFC 8200 §3: fragments, other protocols, and lengths that point beyond what was captured.</summary>
    [Fact]
    public void LeavesOutWhatIsNoWholeDatagram()
    {
        var good = IPv4();
        Assert.False(CapturedUdp.TryParse(good.AsSpan()[..^1], PcapLink.Raw, out _));
        Assert.False(CapturedUdp.TryParse(Changed(good, 6, 0x20), PcapLink.Raw, out _));        // more fragments
        Assert.False(CapturedUdp.TryParse(Changed(good, 7, 1), PcapLink.Raw, out _));           // a later fragment
        Assert.False(CapturedUdp.TryParse(Changed(good, 9, 6), PcapLink.Raw, out _));           // TCP
        Assert.False(CapturedUdp.TryParse(Changed(good, 0, 0x44), PcapLink.Raw, out _));        // a header of 16 bytes
        Assert.False(CapturedUdp.TryParse(Changed(good, 25, 7), PcapLink.Raw, out _));          // a UDP length below its own header
        Assert.False(CapturedUdp.TryParse(Changed(good, 24, 9), PcapLink.Raw, out _));          // and one beyond the packet
        Assert.False(CapturedUdp.TryParse(IPv6(44), PcapLink.Raw, out _));                      // a fragment header
        Assert.False(CapturedUdp.TryParse(good, (PcapLink)147, out _));
    }

    [Fact]
    public void ReadsNothingBeyondGarbage()
    {
        byte[][] examples = [.. Frames.Select(row => (byte[])row[2])];
        AnyBytes.Check(examples, bytes =>
        {
            foreach (var link in Enum.GetValues<PcapLink>())
                if (CapturedUdp.TryParse(bytes, link, out var datagram))
                    Assert.True(datagram.PayloadOffset + datagram.Payload.Length <= bytes.Length);
        });
    }

    private static byte[] Mac(ushort type) => [.. new byte[12], (byte)(type >> 8), (byte)type];

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        var changed = (byte[])bytes.Clone();
        changed[at] = value;
        return changed;
    }

    private static byte[] Udp()
    {
        var udp = new byte[8 + s_payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(udp, 7_000);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(2), 5_004);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(4), (ushort)udp.Length);
        s_payload.CopyTo(udp, 8);
        return udp;
    }

    private static byte[] IPv4(int options = 0)
    {
        var udp = Udp();
        var header = new byte[20 + options];
        header[0] = (byte)(0x40 | header.Length / 4);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(header.Length + udp.Length));
        header[6] = 0x40;                                       // do not fragment
        header[9] = 17;
        (header[15], header[19]) = (1, 2);
        return [.. header, .. udp];
    }

    private static byte[] IPv6(params byte[] extensions)
    {
        var udp = Udp();
        var header = new byte[40 + 8 * extensions.Length];
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)(8 * extensions.Length + udp.Length));
        header[6] = extensions.Length > 0 ? extensions[0] : (byte)17;
        (header[23], header[39]) = (1, 2);
        for (var i = 0; i < extensions.Length; i++)
            header[40 + 8 * i] = i + 1 < extensions.Length ? extensions[i + 1] : (byte)17;
        return [.. header, .. udp];
    }
}
