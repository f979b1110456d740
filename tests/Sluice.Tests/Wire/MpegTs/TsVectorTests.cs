using Sluice.Tests.Kit;
using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Wire.MpegTs;

/// <summary>A whole stream of ffmpeg and RTP payloads of two senders, against the figures of ffprobe and tshark.</summary>
public class TsVectorTests
{
    private static readonly IReadOnlyList<HexVector> Stream = HexVector.Load("mpegts/ffmpeg-short.hex");

    [Fact]
    public void FindsTheClock()
    {
        var clock = new List<(ushort, long)>();
        foreach (var vector in Stream)
        {
            Assert.True(TsPacket.TryParse(vector.Bytes, out var packet));
            if (packet.TryGetPcr(out long pcr))
                clock.Add((packet.Pid, pcr));
        }
        Assert.Equal([(256, 0x1206420), (256, 0x14159a0), (256, 0x1624f20), (256, 0x18344a0), (256, 0x1a43a20)], clock);
    }

    [Fact]
    public void FindsTheProgramAndItsStreams()
    {
        var pat = new PsiSectionAssembler();
        var pmt = new PsiSectionAssembler();
        var found = new List<string>();
        foreach (var vector in Stream)
        {
            Assert.True(TsPacket.TryParse(vector.Bytes, out var packet));
            if (packet.Pid == TsPacket.PatPid)
                foreach (var section in pat.Receive(packet))
                    found.Add(Describe(section));
            if (packet.Pid == 4096)
                foreach (var section in pmt.Receive(packet))
                    found.Add(Describe(section));
        }
        string[] once = ["PAT 1: 1@4096", "PMT 1, PCR 256: H.264@256 AAC@257"];
        Assert.Equal([.. once, .. once, .. once, .. once], found);
        Assert.Equal(0, pat.RefusedSections + pat.BrokenSections + pmt.RefusedSections + pmt.BrokenSections);
    }

    private static string Describe(in PsiSection section)
    {
        var parts = new List<string>();
        if (Pat.TryRead(section, out var pat))
        {
            foreach (var program in pat)
                parts.Add($"{program.ProgramNumber}@{program.Pid}");
            return $"PAT {pat.TransportStreamId}: {string.Join(' ', parts)}";
        }
        Assert.True(Pmt.TryRead(section, out var pmt));
        foreach (var stream in pmt)
            parts.Add($"{TsStreamTypes.NameOf(stream.Type)}@{stream.Pid}");
        return $"PMT {pmt.ProgramNumber}, PCR {pmt.PcrPid}: {string.Join(' ', parts)}";
    }

    [Fact]
    public void FindsTheTimesOfEveryPes()
    {
        var times = new List<(ushort, byte, long?, long?)>();
        foreach (var vector in Stream)
        {
            Assert.True(TsPacket.TryParse(vector.Bytes, out var packet));
            if (packet.PayloadUnitStart && PesHeader.TryRead(packet.Payload, out var pes))
                times.Add((packet.Pid, pes.StreamId, pes.Pts90kHz, pes.Dts90kHz));
        }
        Assert.Equal(
            [
                (256, 0xE0, 133200, 126000), (256, 0xE0, 144000, 129600), (256, 0xE0, 136800, 133200), (256, 0xE0, 140400, 136800),
                (256, 0xE0, 154800, 140400), (256, 0xE0, 147600, 144000), (256, 0xE0, 151200, 147600), (256, 0xE0, 165600, 151200),
                (256, 0xE0, 158400, 154800), (256, 0xE0, 162000, 158400), (257, 0xC0, 131110, null), (257, 0xC0, 164547, null),
            ],
            times);
    }

    [Fact]
    public void CountsNoContinuityErrorUntilAPacketIsMissing()
    {
        var continuity = new TsContinuity();
        var pids = Stream.Select(v => v.Bytes[1] % 32 * 256 + v.Bytes[2]).ToList();
        for (int lost = -1; lost < Stream.Count; lost++)
        {
            // A loss shows when packets of the same PID stand before and after it.
            bool shows = lost >= 0 && pids.Take(lost).Contains(pids[lost]) && pids.Skip(lost + 1).Contains(pids[lost]);
            continuity.Restart();
            long before = continuity.Errors;
            for (int i = 0; i < Stream.Count; i++)
            {
                Assert.True(TsPacket.TryParse(Stream[i].Bytes, out var packet));
                if (i != lost)
                    continuity.Receive(packet);
            }
            Assert.Equal(shows ? 1 : 0, continuity.Errors - before);
        }
    }

    [Theory]
    [InlineData("rtp/ffmpeg-mp2t.hex")]
    [InlineData("rtp/gst-mp2t.hex")]
    public void FindsThePacketsInRtpPayloads(string file)
    {
        var continuity = new TsContinuity();
        int clocks = 0;
        foreach (var vector in HexVector.Load(file))
        {
            Assert.True(RtpPacket.TryParse(vector.Bytes, out var rtp));
            Assert.True(TsDatagram.TryParse(rtp.Payload, out var datagram));
            Assert.InRange(datagram.PacketCount, 1, TsDatagram.UsualPackets);
            for (int i = 0; i < datagram.PacketCount; i++)
            {
                Assert.True(datagram.TryGetPacket(i, out var packet));
                Assert.Equal(TsContinuityVerdict.InOrder, packet.IsNull ? TsContinuityVerdict.InOrder : continuity.Receive(packet));
                clocks += packet.TryGetPcr(out _) ? 1 : 0;
            }
        }
        Assert.True(clocks > 0);
    }
}
