using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
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

        await Eventually.TrueAsync($"a receiver report for each track over {transport}", s_bound, async () =>
        {
            await Task.Delay(1_000);                           // dumpcap writes what it has once a second
            return Tracks(await ReportsAsync(capture, rig.RtspPort)) == 2;
        });
        await capture.StopAsync();

        var reports = await ReportsAsync(capture, rig.RtspPort);
        Assert.All(reports, report => Assert.Matches(
            @"^201,202(,201,202)*\t0x[0-9a-f]{8},0x[0-9a-f]{8}(,0x[0-9a-f]{8},0x[0-9a-f]{8})*\t0(,0)*\t[0-9a-f]{24}(,[0-9a-f]{24})*$", report));
        string[] statuses = [.. (await Tshark.RtspLinesAsync(capture.Path, rig.RtspPort, "rtsp.status", "rtsp.status")).SelectMany(line => line.Split(','))];
        Assert.True(statuses.Length >= 5 && statuses.All(status => status == "200"), string.Join(' ', statuses));  // OPTIONS, ANNOUNCE, SETUP twice, RECORD
        // Of what we send: ffmpeg's own ANNOUNCE has a list of format parameters that tshark does not take.
        Assert.Empty(await Tshark.RtspLinesAsync(capture.Path, rig.RtspPort,
            $"_ws.malformed && (tcp.srcport == {rig.RtspPort} || (udp.dstport >= {first} && udp.dstport < {first + Ports}))", "frame.number"));
        output.WriteLine($"{transport}: {reports.Length} reports, {statuses.Length} answers");
    }

    // Over TCP the reports of both tracks may share a segment, and then a line: whom each is about stands first.
    private static int Tracks(string[] reports) =>
        reports.SelectMany(report => report.Split('\t')[1].Split(',').Chunk(2).Select(pair => pair[0])).Distinct().Count();

    /// <summary>Packet types, whom it is about and by whom, what was lost, CNAME. While dumpcap writes, its last packet may be cut short.</summary>
    private static async Task<string[]> ReportsAsync(Capture capture, int rtspPort)
    {
        try
        {
            return await Tshark.RtspLinesAsync(capture.Path, rtspPort, "rtcp.pt == 201 && rtcp.rc == 1",
                "rtcp.pt", "rtcp.ssrc.identifier", "rtcp.ssrc.cum_nr", "rtcp.sdes.text");
        }
        catch (ChildProcessException)
        {
            return [];
        }
    }
}
