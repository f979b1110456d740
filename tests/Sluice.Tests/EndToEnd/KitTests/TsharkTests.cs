using System.Net;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;

namespace Sluice.Tests.EndToEnd.KitTests;

/// <summary>tshark's analysis is parsed right: nothing wrong on a clean flow, the losses and disorder of a damaged one.</summary>
public class TsharkTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task JudgesACleanAndADamagedFlow()
    {
        int clean = FreePorts.Pair(), damaged = FreePorts.Pair();
        using var cleanFile = new PcapRecorder(clean);
        using var damagedFile = new PcapRecorder(damaged);
        using var relay = new LossyRelay((new IPEndPoint(IPAddress.Loopback, clean), LossProfile.None),
            (new IPEndPoint(IPAddress.Loopback, damaged), new LossProfile { DropEvery = 20, Reorder = 0.1 }));
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", relay.Port);
        await Eventually.TrueAsync("300 packets", s_bound, () => damagedFile.Count >= 300);
        cleanFile.Dispose();
        damagedFile.Dispose();

        var good = Assert.Single(await Tshark.RtpStreamsAsync(cleanFile.Path, clean));
        Assert.True(good is { Lost: 0, OutOfOrder: 0, HasProblems: false, Packets: >= 300 }, good.ToString());
        Assert.Empty(await Tshark.MalformedAsync(cleanFile.Path, [], [clean]));
        Assert.Empty(await Tshark.ContinuityErrorsAsync(cleanFile.Path, clean));

        var bad = Assert.Single(await Tshark.RtpStreamsAsync(damagedFile.Path, damaged));
        Assert.True(bad is { Lost: > 0, OutOfOrder: > 0, HasProblems: true }, bad.ToString());
        Assert.NotEmpty(await Tshark.ContinuityErrorsAsync(damagedFile.Path, damaged));
    }

    [Fact]
    public async Task FindsMalformedControlPackets()
    {
        var port = FreePorts.Pair();
        await using var capture = await Capture.StartAsync($"udp port {port + 1}", packets: 1);
        using var socket = new System.Net.Sockets.UdpClient();
        // A sender report that says it is 28 bytes and has 12.
        socket.Send([0x80, 200, 0, 6, 0, 0, 0, 9, 1, 2, 3, 4], new IPEndPoint(IPAddress.Loopback, port + 1));
        await capture.WaitUntilFullAsync(s_bound);
        Assert.NotEmpty(await Tshark.MalformedAsync(capture.Path, [], [port]));
    }
}
