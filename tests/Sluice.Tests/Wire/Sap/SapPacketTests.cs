using System.Net;
using System.Text;
using Sluice.Tests.Kit;
using Sluice.Wire.Sap;
using Sluice.Wire.Sdp;

namespace Sluice.Tests.Wire.Sap;

/// <summary>RFC 2974 §6: what real announcers send is read, and what we write reads the same.</summary>
public class SapPacketTests
{
    private static readonly byte[] s_sdp = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=x\r\n"u8.ToArray();

    [Fact]
    public void ReadsWhatFfmpegAndVlcSend()
    {
        foreach (var vector in HexVector.Load("sap/ffmpeg-vlc.hex"))
        {
            Assert.True(SapPacket.TryParse(vector.Bytes, out var packet), vector.Name);
            Assert.Equal(vector.Field("type") == "deletion", packet.IsDeletion);
            Assert.Equal(vector.Number("id"), packet.MessageId);
            Assert.Equal(IPAddress.Parse(vector.Field("origin")), packet.Origin);
            Assert.True(SdpReader.TryRead(packet.Payload, out var session), vector.Name);
            Assert.Equal(vector.Field("name"), session.Name);
        }
    }

    [Fact]
    public void WritesTheBytesThatVlcWrites()
    {
        var vector = HexVector.Load("sap/ffmpeg-vlc.hex").Single(v => v.Field("authentication") == "0");
        Assert.True(SapPacket.TryParse(vector.Bytes, out var packet));
        var written = new byte[SapPacket.SizeWith(packet.Origin, packet.Payload)];
        SapPacket.Write(written, packet.IsDeletion, packet.MessageId, packet.Origin, packet.Payload);
        Assert.Equal(Convert.ToHexString(vector.Bytes), Convert.ToHexString(written));
    }

    [Theory]
    [InlineData("192.0.2.1", false), InlineData("192.0.2.1", true), InlineData("2001:db8::1", false), InlineData("2001:db8::1", true)]
    public void WhatIsWrittenReadsTheSame(string origin, bool isDeletion)
    {
        var address = IPAddress.Parse(origin);
        var written = new byte[SapPacket.SizeWith(address, s_sdp)];
        SapPacket.Write(written, isDeletion, 0xBEEF, address, s_sdp);
        Assert.True(SapPacket.TryParse(written, out var packet));
        Assert.Equal((isDeletion, 0xBEEF, address), (packet.IsDeletion, packet.MessageId, packet.Origin));
        Assert.Equal(s_sdp, packet.Payload);
    }

    [Fact]
    public void ReadsAPayloadWithoutAType()
    {
        Assert.True(SapPacket.TryParse([0x20, 0, 0, 1, 192, 0, 2, 1, .. s_sdp], out var packet));
        Assert.Equal(s_sdp, packet.Payload);
    }

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("20 00 00", "less than a header")]
    [InlineData("40 00 00 01 c0 00 02 01 76 3d 30", "version 2")]
    [InlineData("22 00 00 01 c0 00 02 01 76 3d 30", "encrypted")]
    [InlineData("21 00 00 01 c0 00 02 01 76 3d 30", "compressed")]
    [InlineData("30 00 00 01 c0 00 02 01 76 3d 30", "an IPv6 origin cut short")]
    [InlineData("20 ff 00 01 c0 00 02 01 76 3d 30", "authentication that is longer than the packet")]
    [InlineData("20 00 00 01 c0 00 02 01 74 65 78 74 00 76 3d 30", "another payload type")]
    [InlineData("20 00 00 01 c0 00 02 01 61 70 70 6c 69 63 61 74 69 6f 6e 2f 73 64 70", "a type without its end")]
    public void RefusesWhatIsNoAnnouncement(string hex, string what) =>
        Assert.False(SapPacket.TryParse(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out _), what);

    [Fact]
    public void NoPrefixOfAPacketReadsBeyondItsEnd()
    {
        var vector = HexVector.Load("sap/ffmpeg-vlc.hex")[0].Bytes;
        for (var length = 0; length < vector.Length; length++)
        {
            if (SapPacket.TryParse(vector.AsSpan(0, length), out var packet))
                Assert.True(packet.Payload.Length < length);
        }
    }

    [Fact]
    public void TheMessageIdFollowsTheTextAndIsNeverZero()
    {
        Assert.Equal(SapPacket.MessageIdOf(s_sdp), SapPacket.MessageIdOf([.. s_sdp]));
        Assert.NotEqual(SapPacket.MessageIdOf(s_sdp), SapPacket.MessageIdOf(Encoding.ASCII.GetBytes("v=0\r\no=- 1 3 IN IP4 192.0.2.1\r\ns=x\r\n")));
        for (var i = 0; i < 200_000; i++)
            Assert.NotEqual(0, SapPacket.MessageIdOf(BitConverter.GetBytes(i)));
    }
}
