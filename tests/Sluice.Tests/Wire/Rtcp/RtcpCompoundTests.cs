using Sluice.Tests.Kit;
using Sluice.Wire.Rtcp;

namespace Sluice.Tests.Wire.Rtcp;

/// <summary>The validity checks of RFC 3550 A.2 and the walk; X6.</summary>
public class RtcpCompoundTests
{
    public static TheoryData<string, string, bool, bool> Cases => new()   // what, bytes, taken, taken with reduced size
    {
        { "empty RR", "80C9000100000001", true, true },
        { "RR and BYE", "80C9000100000001" + "81CB000100000001", true, true },
        { "nothing", "", false, false },
        { "three bytes", "80C900", false, false },
        { "version 1", "40C9000100000001", false, false },
        { "version 1 in the second", "80C9000100000001" + "41CB000100000001", false, false },
        { "BYE first", "81CB000100000001", false, true },
        { "length word beyond the datagram", "80C9000200000001", false, false },
        { "a byte too many", "80C900010000000100", false, false },
        { "padding on the first", "A0C900020000000100000004", false, true },
        { "padding on the last", "80C9000100000001" + "A1CB00020000000100000004", true, true },
        { "padding in the middle", "80C9000100000001" + "A1CB00020000000100000004" + "80C9000100000001", false, false },
        { "padding of no whole word", "80C9000100000001" + "A1CB00020000000100000003", false, false },
        { "padding of zero", "80C9000100000001" + "A1CB00020000000100000000", false, false },
        { "padding over the header", "80C9000100000001" + "A1CB0002000000010000000C", false, false },
        { "padding up to the header", "80C9000100000001" + "A0CB00020000000100000008", true, true },
    };

    [Theory, MemberData(nameof(Cases))]
    public void TakesOnlyWholeCompounds(string what, string hex, bool taken, bool takenReduced)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.True(taken == RtcpCompound.TryParse(bytes, out _), what);
        Assert.True(takenReduced == RtcpCompound.TryParse(bytes, out _, acceptReducedSize: true), what);
    }

    [Fact]
    public void PaddingIsNoPartOfTheBody()
    {
        Assert.True(RtcpPacket.TryParse(Convert.FromHexString("A1CB00020000000700000004"), out var packet));
        Assert.Equal((12, 4), (packet.SizeOnWire, packet.Body.Length));
        Assert.True(Bye.TryRead(packet, out var bye));
        Assert.Equal(0, bye.Reason.Length);
    }

    [Theory]
    [InlineData("80C8000000000000", true)]
    [InlineData("80E0000000000000", false)]      // RTP, payload type 96, marker
    [InlineData("8021000000000000", false)]      // RTP, payload type 33
    [InlineData("40C8000000000000", false)]
    [InlineData("80C8", false)]
    public void TellsRtcpFromRtp(string hex, bool isRtcp) =>
        Assert.Equal(isRtcp, RtcpCompound.LooksLikeRtcp(Convert.FromHexString(hex)));

    [Fact]
    public void ReadsAnyBytesWithoutAThrow()
    {
        var examples = HexVector.Load("rtcp/gst-rtpbin.hex").Select(v => v.Bytes).ToList();
        examples.Add(Convert.FromHexString("80C9000100000001" + "81CD000400000001000000020010F00300120001"));
        examples.Add(Convert.FromHexString("80C9000100000001" + "81CB000300000001" + "0568656C6C6F0000"));
        AnyBytes.Check(examples, bytes =>
        {
            if (!RtcpCompound.TryParse(bytes, out var compound, acceptReducedSize: true))
                return;
            int walked = 0;
            foreach (var packet in compound)
            {
                walked += packet.SizeOnWire;
                ReadAsEveryType(packet, bytes.Length);
            }
            Assert.Equal(bytes.Length, walked);
        });
    }

    // Each type's reader must refuse the others' packets by itself, so all of them get every packet.
    private static void ReadAsEveryType(in RtcpPacket packet, int stepsMax)
    {
        int steps = 0;
        if (SenderReport.TryRead(packet, out _, out var blocks) || ReceiverReport.TryRead(packet, out _, out blocks))
            foreach (var block in blocks)
                Assert.True(++steps <= packet.Count);
        if (Sdes.TryRead(packet, out var sdes))
            foreach (var item in sdes)
                Assert.True((steps += 2 + item.Text.Length) <= stepsMax);
        if (Bye.TryRead(packet, out var bye))
            for (int i = 0; i < bye.SourceCount; i++)
                _ = bye.Ssrc(i) + (uint)bye.Reason.Length;
        if (GenericNack.TryRead(packet, out var nack))
            foreach (var entry in nack)
                foreach (ushort lost in entry)
                    Assert.True(++steps <= stepsMax / NackEntry.Size * 17);
    }
}
