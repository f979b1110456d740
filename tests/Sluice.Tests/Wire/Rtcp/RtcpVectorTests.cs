using System.Globalization;
using System.Text;
using Sluice.Tests.Kit;
using Sluice.Wire.Rtcp;

namespace Sluice.Tests.Wire.Rtcp;

/// <summary>Compounds of real peers: read whole, and written again byte for byte (RFC 3550 §6).</summary>
public class RtcpVectorTests
{
    public static TheoryData<string> Captures => ["rtcp/ffmpeg-sender-reports.hex", "rtcp/gst-rtpbin.hex"];

    [Theory, MemberData(nameof(Captures))]
    public void FindsThePacketsThatTsharkFinds(string file)
    {
        foreach (var vector in HexVector.Load(file))
        {
            Assert.True(RtcpCompound.LooksLikeRtcp(vector.Bytes));
            Assert.True(RtcpCompound.TryParse(vector.Bytes, out var compound));
            var types = new List<string>();
            foreach (var packet in compound)
                types.Add(((int)packet.Type).ToString(CultureInfo.InvariantCulture));
            Assert.Equal(vector.Field("types"), string.Join(',', types));
        }
    }

    [Theory, MemberData(nameof(Captures))]
    public void WritesWhatItReadByteForByte(string file)
    {
        foreach (var vector in HexVector.Load(file))
        {
            Assert.True(RtcpCompound.TryParse(vector.Bytes, out var compound));
            var rewritten = new List<byte>();
            foreach (var packet in compound)
                rewritten.AddRange(Rewrite(packet));
            // SDES with several items is read, but only CNAMEs are written: those bytes stand as they came.
            Assert.Equal(Convert.ToHexString(vector.Bytes), Convert.ToHexString([.. rewritten]));
        }
    }

    private static byte[] Rewrite(in RtcpPacket packet)
    {
        var target = new byte[packet.SizeOnWire];
        if (SenderReport.TryRead(packet, out var sent, out var blocks))
            sent.Write(target, ToArray(blocks));
        else if (ReceiverReport.TryRead(packet, out var received, out blocks))
            received.Write(target, ToArray(blocks));
        else if (Bye.TryRead(packet, out var bye))
            Bye.Write(target, bye.Ssrc(0), bye.Reason);
        else if (Sdes.TryRead(packet, out _))
            return [(byte)(0x80 | packet.Count), (byte)packet.Type, 0, (byte)(packet.SizeOnWire / 4 - 1), .. packet.Body];
        return target;
    }

    private static ReportBlock[] ToArray(ReportBlocks blocks)
    {
        var list = new List<ReportBlock>();
        foreach (var block in blocks)
            list.Add(block);
        return [.. list];
    }

    [Fact]
    public void ReadsTheFieldsOfAReportPair()
    {
        var vectors = HexVector.Load("rtcp/gst-rtpbin.hex");
        // Figures as tshark dissects the same capture.
        Assert.True(SenderReport.TryRead(First(vectors[0]), out var report, out _));
        Assert.Equal(new SenderReport(0x0070c4ad, new NtpTime(4004223141UL << 32 | 3606088901), 1692537833, 46, 28232), report);
        Assert.True(ReceiverReport.TryRead(First(vectors[1]), out var received, out var blocks));
        Assert.Equal(0x263dc12cu, received.SenderSsrc);
        Assert.Equal([new ReportBlock(0x0070c4ad, 0, -1, 18750, 10, 2561005296, 38960)], ToArray(blocks));
        Assert.Equal(report.Ntp.Middle32, ToArray(blocks)[0].LastSenderReport);
    }

    [Fact]
    public void ReadsDescriptionAndGoodbye()
    {
        var vectors = HexVector.Load("rtcp/gst-rtpbin.hex");
        var texts = new List<string>();
        Assert.True(RtcpCompound.TryParse(vectors[3].Bytes, out var compound));
        foreach (var packet in compound)
        {
            if (Sdes.TryRead(packet, out var sdes))
            {
                foreach (var item in sdes)
                    texts.Add($"{item.Ssrc:x} {item.Type} {Encoding.UTF8.GetString(item.Text)}");
                Assert.True(sdes.TryGetCname(0x0070c4ad, out var cname));
                Assert.Equal("edge@example.net", Encoding.UTF8.GetString(cname));
            }
            if (Bye.TryRead(packet, out var bye))
                texts.Add($"bye {bye.SourceCount} {bye.Ssrc(0):x} {bye.Reason.Length}");
        }
        Assert.Equal(["70c4ad Cname edge@example.net", "70c4ad Tool test", "bye 1 70c4ad 0"], texts);
    }

    private static RtcpPacket First(HexVector vector)
    {
        Assert.True(RtcpPacket.TryParse(vector.Bytes, out var packet));
        return packet;
    }
}
