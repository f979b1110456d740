using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Tests.Kit;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Wire.Rtp;

/// <summary>RFC 3550 §5.1, §5.3.1 and A.1; X7.</summary>
public class RtpPacketTests
{
    public static TheoryData<string> Captures => ["rtp/ffmpeg-h264.hex", "rtp/ffmpeg-mp2t.hex", "rtp/gst-mp2t.hex", "rtp/gst-pcmu-extension.hex"];

    [Theory, MemberData(nameof(Captures))]
    public void ReadsWhatRealPeersSend(string file)
    {
        foreach (var vector in HexVector.Load(file))
        {
            Assert.True(RtpPacket.TryParse(vector.Bytes, out var packet));
            Assert.Equal(vector.Number("pt"), packet.PayloadType);
            Assert.Equal(vector.Number("seq"), packet.SequenceNumber);
            Assert.Equal(vector.Number("ts"), packet.Timestamp);
            Assert.Equal(vector.Number("ssrc"), packet.Ssrc);
            Assert.Equal(vector.Number("marker") == 1, packet.Marker);
            Assert.Equal(vector.Bytes.Length, packet.PayloadOffset + packet.Payload.Length);
        }
    }

    [Fact]
    public void WritesTheHeadersOfRealPeersByteForByte()
    {
        var written = new byte[RtpHeader.Size];
        foreach (var vector in HexVector.Load("rtp/ffmpeg-h264.hex").Concat(HexVector.Load("rtp/gst-mp2t.hex")))
        {
            Assert.True(RtpHeader.TryRead(vector.Bytes, out var header));
            header.Write(written);
            Assert.Equal(vector.Bytes[..RtpHeader.Size], written);
        }
    }

    // X7, exhaustive: every first byte × length 0–40 × last byte, against a model that computes from the RFC's words alone.
    // The extension's length word is 0, 1 or too long by turns.
    [Fact]
    public void AcceptsExactlyWhatFits()
    {
        var buffer = new byte[40];
        for (int first = 0; first < 256; first++)
            for (int length = 0; length <= 40; length++)
                for (int last = 0; last < 256; last++)
                    CheckAgainstModel(Fill(buffer.AsSpan(0, length), first, last), length);
    }

    private static ReadOnlySpan<byte> Fill(Span<byte> datagram, int first, int last)
    {
        datagram.Clear();
        int lengthWord = 12 + 4 * (first & 15) + 2;
        if (lengthWord + 2 <= datagram.Length)
            BinaryPrimitives.WriteUInt16BigEndian(datagram[lengthWord..], (ushort)(last % 3));
        if (datagram.Length > 0)
        {
            datagram[^1] = (byte)last;
            datagram[0] = (byte)first;
        }
        return datagram;
    }

    private static void CheckAgainstModel(ReadOnlySpan<byte> datagram, int length)
    {
        int payloadStart = ModelPayloadStart(datagram);
        int padding = length > 0 && (datagram[0] & 0x20) != 0 ? datagram[^1] : 0;
        bool paddingFits = length > 0 && ((datagram[0] & 0x20) == 0 || padding > 0) && padding <= length - payloadStart;
        bool good = payloadStart >= 0 && payloadStart <= length && paddingFits;
        if (good != RtpPacket.TryParse(datagram, out var packet))
            Assert.Fail($"{Convert.ToHexString(datagram)} should {(good ? "" : "not ")}be taken");
        if (!good)
            return;
        Assert.Equal(payloadStart, packet.PayloadOffset);
        Assert.Equal(padding, packet.PaddingLength);
        Assert.Equal(length - payloadStart - padding, packet.Payload.Length);
        WalkEverything(packet);
    }

    private static int ModelPayloadStart(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < 12 || datagram[0] is < 0x80 or > 0xbf)
            return -1;
        int start = 12 + datagram[0] % 16 * 4;
        if ((datagram[0] & 0x10) == 0)
            return start;
        if (datagram.Length < start + 4)
            return -1;
        return start + 4 + (datagram[start + 2] * 256 + datagram[start + 3]) * 4;
    }

    [Fact]
    public void ReadsAnyBytesWithoutAThrow()
    {
        var examples = HexVector.Load("rtp/gst-pcmu-extension.hex").Select(v => v.Bytes[..120]).ToList();
        AnyBytes.Check(examples, bytes =>
        {
            if (RtpPacket.TryParse(bytes, out var packet))
                WalkEverything(packet);
        });
    }

    private static void WalkEverything(RtpPacket packet)
    {
        for (int i = 0; i < packet.CsrcCount; i++)
            _ = packet.Csrc(i);
        _ = (packet.PayloadType, packet.SequenceNumber, packet.Timestamp, packet.Ssrc, packet.ExtensionProfile, packet.Payload.Length);
        int steps = 0;
        foreach (var element in packet.ExtensionElements)
            Assert.True(++steps <= packet.Extension.Length && element.Data.Length <= packet.Extension.Length);
    }

    [Fact]
    public void WhatIsWrittenReadsBack() =>
        Prop.ForAll<uint, uint, uint>((ssrc, timestamp, rest) =>
        {
            var header = new RtpHeader((byte)(rest & 0x7f), (rest & 0x80) != 0, (ushort)(rest >> 8), timestamp, ssrc);
            var bytes = new byte[RtpHeader.Size];
            header.Write(bytes);
            return RtpHeader.TryRead(bytes, out var read) && read == header;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void TheRawWritePassesTheFirstTwoBytesThrough()
    {
        var bytes = new byte[16];
        RtpHeader.Write(bytes, firstByte: 0xb1, markerAndPayloadType: 0xa1, sequenceNumber: 0x1234, timestamp: 0x56789abc, ssrc: 0xdef01234);
        Assert.Equal("B1A1123456789ABCDEF0123400000000", Convert.ToHexString(bytes));
    }

    [Fact]
    public void ReadsCsrcListExtensionAndPadding()
    {
        var bytes = Convert.FromHexString("B260000100000002000000030000000A0000000B" + "ABCD0001" + "11223344" + "CAFE" + "000003");
        Assert.True(RtpPacket.TryParse(bytes, out var packet));
        Assert.Equal(2, packet.CsrcCount);
        Assert.Equal(0x0Au, packet.Csrc(0));
        Assert.Equal(0x0Bu, packet.Csrc(1));
        Assert.Equal(0xABCD, packet.ExtensionProfile);
        Assert.Equal("11223344", Convert.ToHexString(packet.Extension));
        Assert.Equal(28, packet.PayloadOffset);
        Assert.Equal("CAFE", Convert.ToHexString(packet.Payload));
    }

    [Fact]
    public void ParsingAndWritingAllocateNothing()
    {
        var bytes = HexVector.Load("rtp/gst-pcmu-extension.hex")[0].Bytes;
        var target = new byte[RtpHeader.Size];
        Assert.Equal(0, Allocations.Of(() =>
        {
            if (RtpPacket.TryParse(bytes, out var packet))
                foreach (var element in packet.ExtensionElements)
                    RtpHeader.Write(target, bytes[0], bytes[1], packet.SequenceNumber, packet.Timestamp, element.Id);
        }));
    }
}
