using Sluice.Wire.Pcap;

namespace Sluice.Tests.Wire.Pcap;

/// <summary>draft-ietf-opsawg-pcap §4, §5: file header and packet headers (PcapRecord), in both byte orders and units.</summary>
public class PcapHeaderTests
{
    public static TheoryData<bool, bool> Kinds => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory, MemberData(nameof(Kinds))]
    public void WhatIsWrittenIsReadAgain(bool isBig, bool isNano)
    {
        var header = new PcapHeader(isBig, isNano, PcapLink.LinuxSll);
        var bytes = new byte[PcapHeader.Size];
        header.Write(bytes);
        Assert.True(PcapHeader.TryRead(bytes, out var read));
        Assert.Equal(header, read);

        var record = new PcapRecord(1_700_000_000_123_456_789 / (isNano ? 1 : 1_000) * (isNano ? 1 : 1_000), 1_370, 1_400);
        var head = new byte[PcapRecord.Size];
        record.Write(head, header);
        Assert.True(PcapRecord.TryRead(head, header, out var again));
        Assert.Equal(record, again);
    }

    [Fact]
    public void RefusesWhatIsNoCapture()
    {
        var bytes = new byte[PcapHeader.Size];
        new PcapHeader(false, false, PcapLink.Ethernet).Write(bytes);
        Assert.False(PcapHeader.TryRead(bytes.AsSpan(0, 23), out _));
        bytes[4] = 3;
        Assert.False(PcapHeader.TryRead(bytes, out _));                             // another major version
        Assert.False(PcapHeader.TryRead(new byte[24], out _));
        Assert.False(PcapHeader.IsMagic([0x0a, 0x0d, 0x0d, 0x0a]));
        var record = new byte[PcapRecord.Size];
        record[10] = 5;                                                             // 327,680 bytes
        Assert.False(PcapRecord.TryRead(record, default, out _));
        Assert.False(PcapRecord.TryRead(record.AsSpan(0, 15), default, out _));
    }
}
