using System.Buffers.Binary;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>What a publisher is told, as tshark reads it on the wire: our answers, and receiver reports on what it sends.</summary>
[Collection(QuietMachine.Name)]
public class PublishReportsTests(ITestOutputHelper output)
{
    private const string Channel = EngineRig.Channel;
    private const int Ports = 40;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task TsharkUnderstandsTheAnswersAndTheReports() => await Task.WhenAll(CheckAsync("udp"), CheckAsync("tcp"));

    private async Task CheckAsync(string transport)
    {
        await using var rig = await PublishRig.StartAsync(null, Channel);
        var first = FreePorts.Pair();
        await using var capture = await Capture.StartAsync($"tcp port {rig.RtspPort} or udp portrange {first}-{first + Ports - 1}");
        await using var publisher = await Publisher.FfmpegAsync(
            rig.RtspUrl, transport, withSound: true, "-min_port", $"{first}", "-max_port", $"{first + Ports - 1}");
        await rig.UntilOnlineAsync(Channel);

        await Eventually.TrueAsync($"a receiver report for each track over {transport}", s_bound, () => ReportersSeen(capture.Path) >= 2);
        await capture.StopAsync();

        // Packet types, whom it is about and by whom, what was lost, CNAME.
        var reports = await Tshark.RtspLinesAsync(capture.Path, rig.RtspPort, "rtcp.pt == 201 && rtcp.rc == 1",
            "rtcp.pt", "rtcp.ssrc.identifier", "rtcp.ssrc.cum_nr", "rtcp.sdes.text");
        Assert.Equal(2, reports.Select(report => report.Split('\t')[1].Split(',')[0]).Distinct().Count());
        Assert.All(reports, report => Assert.Matches(@"^201,202\t0x[0-9a-f]{8},0x[0-9a-f]{8}\t0\t[0-9a-f]{24}$", report));
        string[] statuses = [.. (await Tshark.RtspLinesAsync(capture.Path, rig.RtspPort, "rtsp.status", "rtsp.status")).SelectMany(line => line.Split(','))];
        Assert.True(statuses.Length >= 5 && statuses.All(status => status == "200"), string.Join(' ', statuses));  // OPTIONS, ANNOUNCE, SETUP twice, RECORD
        // Of what we send: ffmpeg's own ANNOUNCE has a list of format parameters that tshark does not take.
        Assert.Empty(await Tshark.RtspLinesAsync(capture.Path, rig.RtspPort,
            $"_ws.malformed && (tcp.srcport == {rig.RtspPort} || (udp.dstport >= {first} && udp.dstport < {first + Ports}))", "frame.number"));
        output.WriteLine($"{transport}: {reports.Length} reports, {statuses.Length} answers");
    }

    // While dumpcap writes, its file ends in half a packet, which tshark does not take: whether to stop is seen by the bytes of a receiver
    // report with one block (RFC 3550 §6.4.2), told apart by their sender's SSRC.
    private static int ReportersSeen(string path)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path), head = [0x81, 201, 0, 7];
        var reporters = new HashSet<uint>();
        for (var at = bytes.IndexOf(head); at >= 0 && bytes.Length >= at + 8; at = bytes.IndexOf(head))
        {
            reporters.Add(BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 4)..]));
            bytes = bytes[(at + 4)..];
        }
        return reporters.Count;
    }
}
