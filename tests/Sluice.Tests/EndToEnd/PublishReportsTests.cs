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

        await Eventually.TrueAsync($"a receiver report for each track over {transport}", s_bound, () => capture.ReportersSeen() >= 2);
        await capture.StopAsync();

        // Packet types, whom it is about and by whom, what was lost, CNAME.
        string[] reports = [.. (await Tshark.RtspLinesAsync(capture.Path, rig.RtspPort, "rtcp.pt == 201 && rtcp.rc == 1",
            "rtcp.pt", "rtcp.ssrc.identifier", "rtcp.ssrc.cum_nr", "rtcp.sdes.text")).SelectMany(EachReport)];
        Assert.Equal(2, reports.Select(report => report.Split('\t')[1].Split(',')[0]).Distinct().Count());
        Assert.All(reports, report => Assert.Matches(@"^201,202\t0x[0-9a-f]{8},0x[0-9a-f]{8}\t0\t[0-9a-f]{24}$", report));
        string[] statuses = [.. (await Tshark.RtspLinesAsync(capture.Path, rig.RtspPort, "rtsp.status", "rtsp.status")).SelectMany(line => line.Split(','))];
        Assert.True(statuses.Length >= 5 && statuses.All(status => status == "200"), string.Join(' ', statuses));  // OPTIONS, ANNOUNCE, SETUP twice, RECORD
        // Of what we send: ffmpeg's own ANNOUNCE has a list of format parameters that tshark does not take.
        Assert.Empty(await Tshark.RtspLinesAsync(capture.Path, rig.RtspPort,
            $"_ws.malformed && (tcp.srcport == {rig.RtspPort} || (udp.dstport >= {first} && udp.dstport < {first + Ports}))", "frame.number"));
        output.WriteLine($"{transport}: {reports.Length} reports, {statuses.Length} answers");
    }

    // One line for each frame: a segment of TCP may have the reports of both tracks, and then each field is a list of both.
    private static IEnumerable<string> EachReport(string line)
    {
        string[][] fields = [.. line.Split('\t').Select(field => field.Split(','))];
        var count = fields[2].Length;
        Assert.Equal((2 * count, 2 * count, count), (fields[0].Length, fields[1].Length, fields[3].Length));
        for (var i = 0; i < count; i++)
            yield return $"{fields[0][2 * i]},{fields[0][2 * i + 1]}\t{fields[1][2 * i]},{fields[1][2 * i + 1]}\t{fields[2][i]}\t{fields[3][i]}";
    }
}
