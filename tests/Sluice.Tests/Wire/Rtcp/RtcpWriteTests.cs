using FsCheck;
using FsCheck.Fluent;
using Sluice.Tests.Kit;
using Sluice.Wire.Rtcp;

namespace Sluice.Tests.Wire.Rtcp;

/// <summary>What is written reads back, for every RTCP type (RFC 3550 §6, RFC 4585 §6.2.1).</summary>
public class RtcpWriteTests
{
    private readonly byte[] _buffer = new byte[1500];

    private static Arbitrary<int> Seeds => Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

    private static uint AnyUInt(Random random) => (uint)random.NextInt64(1L << 32);

    private static ReportBlock AnyBlock(Random random) => new(
        AnyUInt(random), (byte)random.Next(256), random.Next(ReportBlock.CumulativeLostMin, ReportBlock.CumulativeLostMax + 1),
        AnyUInt(random), AnyUInt(random), AnyUInt(random), AnyUInt(random));

    [Fact]
    public void ReportsWithBlocks() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        var blocks = Enumerable.Range(0, random.Next(RtcpPacket.CountMax + 1)).Select(_ => AnyBlock(random)).ToArray();
        var sent = new SenderReport(AnyUInt(random), new NtpTime((ulong)random.NextInt64()), AnyUInt(random), AnyUInt(random), AnyUInt(random));
        var received = new ReceiverReport(AnyUInt(random));
        sent.Write(_buffer, blocks);
        Assert.True(SenderReport.TryRead(Read(SenderReport.SizeWith(blocks.Length)), out var sentBack, out var sentBlocks));
        Assert.Equal(sent, sentBack);
        AssertSame(blocks, sentBlocks);
        received.Write(_buffer, blocks);
        Assert.True(ReceiverReport.TryRead(Read(ReceiverReport.SizeWith(blocks.Length)), out var receivedBack, out var receivedBlocks));
        Assert.Equal(received, receivedBack);
        AssertSame(blocks, receivedBlocks);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(int.MinValue, ReportBlock.CumulativeLostMin)]
    [InlineData(-1, -1)]
    [InlineData(int.MaxValue, ReportBlock.CumulativeLostMax)]
    public void CumulativeLossSaturates(int lost, int expected)
    {
        new ReportBlock(1, 2, lost, 3, 4, 5, 6).Write(_buffer);
        Assert.True(ReportBlock.TryRead(_buffer, out var block));
        Assert.Equal(new ReportBlock(1, 2, expected, 3, 4, 5, 6), block);
    }

    [Fact]
    public void CnamesOfEveryLength()
    {
        for (int length = 0; length <= Sdes.TextMax; length++)
        {
            var name = Enumerable.Range(1, length).Select(n => (byte)n).ToArray();
            Array.Fill(_buffer, (byte)0xee);
            Sdes.WriteCname(_buffer, 77, name);
            Assert.True(Sdes.TryRead(Read(Sdes.SizeOfCname(length)), out var sdes));
            Assert.True(sdes.TryGetCname(77, out var back));
            Assert.True(back.SequenceEqual(name));
            Assert.False(sdes.TryGetCname(78, out _));
        }
    }

    [Fact]
    public void ByesOfEveryReasonLength()
    {
        for (int length = 0; length <= Bye.ReasonMax; length++)
        {
            var reason = Enumerable.Range(1, length).Select(n => (byte)n).ToArray();
            Array.Fill(_buffer, (byte)0xee);
            Bye.Write(_buffer, 78, reason);
            Assert.True(Bye.TryRead(Read(Bye.SizeOf(length)), out var bye));
            Assert.Equal((1, 78u), (bye.SourceCount, bye.Ssrc(0)));
            Assert.True(bye.Reason.SequenceEqual(reason));
        }
    }

    [Theory]
    [InlineData("82CA000400000001010141000000000201014200", "1:A 2:B")]      // two chunks: one padded by 1, one by 1
    [InlineData("81CA00030000000101014100" + "00000000", "1:A")]             // trailing word after the chunk
    [InlineData("81CA000200000001" + "00000000", "")]                        // a chunk without items
    [InlineData("80CA0000", "")]
    [InlineData("81CA000200000001" + "01020304", null)]                      // text runs out of the packet, no null
    [InlineData("81CA000200000001" + "01014101", null)]                      // second item has no length
    [InlineData("81CA000100000001", null)]                                   // no null item
    [InlineData("82CA000200000001" + "01004100", null)]                      // second chunk missing
    public void SdesChunksMustBeWhole(string hex, string? expected)
    {
        Assert.True(RtcpPacket.TryParse(Convert.FromHexString(hex), out var packet));
        bool whole = Sdes.TryRead(packet, out var sdes);
        Assert.Equal(expected is not null, whole);
        var items = new List<string>();
        foreach (var item in sdes)
            items.Add($"{item.Ssrc}:{System.Text.Encoding.ASCII.GetString(item.Text)}");
        Assert.Equal(expected ?? "", string.Join(' ', items));
    }

    [Theory]
    [InlineData("81CB000200000001" + "04616263", false)]     // reason longer than the packet: CVE-2021-43804
    [InlineData("81CB000200000001" + "03616263", true)]
    [InlineData("82CB000100000001", false)]                  // two sources announced, one there
    [InlineData("80CB0000", true)]
    public void ByeLengthsAreNotBelieved(string hex, bool taken)
    {
        Assert.True(RtcpPacket.TryParse(Convert.FromHexString(hex), out var packet));
        Assert.Equal(taken, Bye.TryRead(packet, out _));
    }

    [Fact]
    public void NacksPackAndUnpack() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        ushort start = (ushort)random.Next(65_536);
        var lost = Enumerable.Range(0, 200).Where(_ => random.Next(6) == 0).Append(200).Select(n => (ushort)(start + n)).ToArray();
        var entries = new NackEntry[lost.Length];
        int count = NackEntry.Pack(lost, entries);
        GenericNack.Write(_buffer, 5, 6, entries.AsSpan(0, count));
        Assert.True(GenericNack.TryRead(Read(GenericNack.SizeWith(count)), out var nack));
        Assert.Equal((5u, 6u, count), (nack.SenderSsrc, nack.MediaSsrc, nack.EntryCount));
        var back = new List<ushort>();
        int announced = 0;
        foreach (var entry in nack)
        {
            announced += entry.LostCount;
            foreach (ushort number in entry)
                back.Add(number);
        }
        Assert.Equal(lost, back);
        Assert.Equal(lost.Length, announced);
        Assert.InRange(count, 1, 200 / 17 + 1);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void PackingStopsWhenFull()
    {
        var entries = new NackEntry[1];
        Assert.Equal(1, NackEntry.Pack([10, 26, 27], entries));
        Assert.Equal(new NackEntry(10, 0x8000), entries[0]);
    }

    [Fact]
    public void CompoundsOfReportNameAndGoodbye()
    {
        var report = new SenderReport(9, NtpTime.FromUnixNs(1), 2, 3, 4);
        int length = RtcpCompoundWriter.Write(_buffer, report, "edge"u8, leaving: true);
        Assert.Equal(SenderReport.Size + Sdes.SizeOfCname(4) + Bye.SizeOf(0), length);
        Assert.True(RtcpCompound.TryParse(_buffer.AsSpan(0, length), out var compound));
        var types = new List<RtcpPacketType>();
        foreach (var packet in compound)
            types.Add(packet.Type);
        Assert.Equal([RtcpPacketType.SenderReport, RtcpPacketType.SourceDescription, RtcpPacketType.Bye], types);
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedWhole()
    {
        var report = new SenderReport(9, NtpTime.FromUnixNs(1), 2, 3, 4);
        int whole = RtcpCompoundWriter.Write(_buffer, report, "edge"u8);
        for (int size = 0; size < whole; size++)
            Assert.Equal(0, RtcpCompoundWriter.Write(_buffer.AsSpan(0, size), report, "edge"u8));
        var writer = new RtcpCompoundWriter(_buffer.AsSpan(0, ReceiverReport.Size + 3));
        Assert.True(writer.TryAdd(new ReceiverReport(1)));
        Assert.False(writer.TryAddBye(1));
        Assert.False(writer.TryAddNack(1, 2, [new NackEntry(1, 1)]));
        Assert.False(writer.TryAdd(new ReceiverReport(1), new ReportBlock[32]));
        Assert.Equal(ReceiverReport.Size, writer.Length);
    }

    [Fact]
    public void ReadingAndWritingAllocateNothing()
    {
        var report = new SenderReport(9, NtpTime.FromUnixNs(1), 2, 3, 4);
        Assert.Equal(0, Allocations.Of(() =>
        {
            int length = RtcpCompoundWriter.Write(_buffer, report, "edge"u8, leaving: true);
            Assert.True(RtcpCompound.TryParse(_buffer.AsSpan(0, length), out var compound));
            foreach (var packet in compound)
            {
                SenderReport.TryRead(packet, out _, out _);
                if (Sdes.TryRead(packet, out var sdes))
                    sdes.TryGetCname(9, out _);
                Bye.TryRead(packet, out _);
            }
        }));
    }

    private RtcpPacket Read(int size)
    {
        Assert.True(RtcpPacket.TryParse(_buffer.AsSpan(0, size), out var packet));
        Assert.Equal(size, packet.SizeOnWire);
        return packet;
    }

    private static void AssertSame(ReportBlock[] expected, ReportBlocks actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        int index = 0;
        foreach (var block in actual)
            Assert.Equal(expected[index++], block);
        Assert.Equal(expected.Length, index);
    }
}
