using Sluice.Load.Sending;
using Sluice.Tests.Kit;
using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Load.Sending;

public class StampedStreamTests
{
    private const long Ms = 1_000_000;

    [Fact]
    public void TheSameSeedGivesTheSameBytes()
    {
        var plan = new StreamPlan(default) { Seed = 5, Faults = new FaultPlan { Loss = 0.1, Duplicate = 0.1, Reorder = 0.1 } };
        var (one, two) = (Take(plan), Take(plan));
        Assert.Equal(one, two);
        Assert.NotEqual(one, Take(plan with { Seed = 6 }));

        static List<byte[]> Take(StreamPlan plan) => [.. Synthetic.Take(Synthetic.Stream(new ConstantRateSource(5e6, 1316), plan), 500).Select(p => p.Bytes)];
    }

    [Fact]
    public void WrapsSequenceAndTimestampWhereItIsTold()
    {
        var plan = new StreamPlan(default) { Ssrc = 42, FirstSequence = 65_534, FirstTimestamp = uint.MaxValue - 100 };
        var headers = Synthetic.Take(Synthetic.Stream(new ConstantRateSource(10_528_000, 1316), plan), 4).Select(p => Header(p.Bytes)).ToArray();
        Assert.Equal([65_534, 65_535, 0, 1], headers.Select(h => (int)h.SequenceNumber));
        Assert.Equal([uint.MaxValue - 100, uint.MaxValue - 10, 79, 169], headers.Select(h => h.Timestamp));
        Assert.All(headers, header => Assert.Equal((42u, (byte)33), (header.Ssrc, header.PayloadType)));
    }

    [Fact]
    public void ConstantRateIsDueEvenlyAndBurstsTogether()
    {
        Assert.Equal([0, Ms, 2 * Ms, 3 * Ms], Due(new ConstantRateSource(10_528_000, 1316), 4));
        Assert.Equal([0, 0, 2 * Ms, 2 * Ms], Due(new ConstantRateSource(10_528_000, 1316, burst: 2), 4));
        Assert.Equal([0, 0, 0], Due(new ConstantRateSource(0, 1316), 3));
    }

    [Fact]
    public void PicturesKeepTheMeanRateAndTheRatio()
    {
        var packets = Synthetic.Take(Synthetic.Stream(new FrameSource(8e6, 1316, new FramePlan(25, 8, 50))), 20_000);
        var pictures = packets.GroupBy(p => p.Packet.DueNs).Select(group => (At: group.Key, Count: group.Count())).SkipLast(1).ToArray();
        Assert.All(pictures.Select((picture, i) => (picture.At, i)), p => Assert.Equal(p.i * 40 * Ms, p.At));
        var bytes = pictures.Sum(p => p.Count) * 1316.0;
        Assert.Equal(1e6, bytes / (pictures.Length * 0.04), tolerance: 1e6 * 0.03);   // whole groups only would be exact
        Assert.Equal(8, pictures[50].Count / pictures[51..99].Average(p => p.Count), tolerance: 0.3);
    }

    [Fact]
    public void ATransportStreamFileIsPacedByItsClock()
    {
        // 1,000 packets, a PCR every 100 that are 10 ms apart: 0.1 ms a packet, and a clock that restarts in the middle.
        var file = new byte[1000 * TsPacket.Size];
        for (var i = 0; i < 1000; i++)
        {
            var packet = file.AsSpan(i * TsPacket.Size, TsPacket.Size);
            TsPacket.WriteNull(packet);
            TsPacket.WriteHeader(packet, 256, false, hasAdaptationField: i % 100 == 0, hasPayload: true, (byte)(i & 15));
            if (i % 100 == 0) TsAdaptationField.Write(packet, 7, pcr27MHz: i < 500 ? TsClock.PcrModulus - 540_000 + i * 2700L : 7777 + (i - 500) * 2700L);
        }
        var programme = TsProgramme.Read(file, "test");
        Assert.Equal(100 * Ms, programme.DurationNs, tolerance: 10);
        var sent = Synthetic.Take(Synthetic.Stream(new TsFileSource(programme, loop: true)), 400);
        Assert.All(sent.Take(167).Select((p, i) => (p.Packet.DueNs, i)), p => Assert.Equal(p.i * 6 * Ms / 10, p.DueNs, tolerance: 10));
        Assert.Equal(100 * Ms, sent[167].Packet.DueNs, tolerance: 20);
        Assert.Equal(file.AsSpan(0, 6 * 188).ToArray(), sent[0].Bytes[(12 + 188)..]);
        Assert.Equal((int)(12 + 188 * (1 + 1000 % 6)), sent[166].Bytes.Length);
    }

    [Fact]
    public void ATransportStreamWithoutClockIsRefused() => Assert.Throws<InvalidDataException>(() => TsProgramme.Read(NullPackets(10), "test"));

    [Theory]
    [InlineData(1, 14)]     // Ethernet
    [InlineData(1, 18)]     // with a VLAN tag
    [InlineData(101, 0)]    // raw
    [InlineData(113, 16)]   // Linux cooked
    public void ACaptureIsSentAsItCame(int link, int linkHeader)
    {
        byte[] rtp = [0x80, 96, 1, 2, 0, 0, 0, 7, 9, 9, 9, 9, 1, 2, 3];
        var stamped = (byte[])[0x80, 33, 1, 3, 0, 0, 0, 8, 9, 9, 9, 9, .. NullPackets(2)];
        var file = Pcap(link, linkHeader, (1_000_000, rtp), (1_000_500, [1, 2, 3]), (1_002_000, stamped));
        var sent = Synthetic.Take(Synthetic.Stream(new PcapSource(PcapFlow.Read(file, "test", 5004), loop: false)), 10);
        Assert.Equal([0, 500_000, 2 * Ms], sent.Select(p => p.Packet.DueNs));
        Assert.Equal(rtp, sent[0].Bytes);
        Assert.Equal(stamped[..16], sent[2].Bytes[..16]);
        Assert.Equal(Sluice.Load.Payload.StampVerdict.Valid, Sluice.Load.Payload.Stamp.Read(sent[2].Bytes.AsSpan(12), out var stamp));
        Assert.Equal(2, stamp.Index);
    }

    [Fact]
    public void WhatIsNoCaptureIsRefused()
    {
        Assert.Throws<InvalidDataException>(() => PcapFlow.Read(new byte[100], "test", null));
        Assert.Throws<InvalidDataException>(() => PcapFlow.Read(Pcap(101, 0, (0, [1])), "test", 9));
        AnyBytes.Check([Pcap(1, 14, (0, [1, 2, 3]), (9, [4]))], bytes =>
        {
            try { PcapFlow.Read(bytes, "test", null); }
            catch (InvalidDataException) { /* the only way to refuse */ }
        }, cases: 5000);
    }

    private static long[] Due(PacketSource source, int count) => [.. Synthetic.Take(Synthetic.Stream(source), count).Select(p => p.Packet.DueNs)];

    private static RtpHeader Header(byte[] datagram)
    {
        Assert.True(RtpHeader.TryRead(datagram, out var header));
        return header;
    }

    private static byte[] NullPackets(int count)
    {
        var packets = new byte[count * TsPacket.Size];
        for (var i = 0; i < count; i++) TsPacket.WriteNull(packets.AsSpan(i * TsPacket.Size));
        return packets;
    }

    // Microsecond pcap, little-endian, UDP over IPv4 to port 5004.
    private static byte[] Pcap(int link, int linkHeader, params (uint AtUs, byte[] Payload)[] packets)
    {
        var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        foreach (var word in (uint[])[0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, (uint)link]) writer.Write(word);
        foreach (var (atUs, payload) in packets)
        {
            var frame = new byte[linkHeader + 28 + payload.Length];
            if (linkHeader == 14) (frame[12], frame[13]) = (8, 0);
            if (linkHeader == 18) (frame[12], frame[13], frame[16], frame[17]) = (0x81, 0, 8, 0);
            var ip = frame.AsSpan(linkHeader);
            (ip[0], ip[9], ip[22], ip[23], ip[24], ip[25]) = (0x45, 17, 5004 >> 8, 5004 & 0xff, (byte)((payload.Length + 8) >> 8), (byte)(payload.Length + 8));
            payload.CopyTo(ip[28..]);
            foreach (var word in (uint[])[atUs / 1_000_000, atUs % 1_000_000, (uint)frame.Length, (uint)frame.Length]) writer.Write(word);
            writer.Write(frame);
        }
        return file.ToArray();
    }
}
