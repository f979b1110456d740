using Sluice.Tests.EndToEnd;
using Sluice.Tests.Kit.Net;

namespace Sluice.Tests.Load.Rtsp;

/// <summary>RTSP clients against a server that is not the engine.</summary>
[Collection(QuietMachine.Name)]
public class RtspCrowdTests
{
    [Theory]
    [InlineData("--no-gro")]
    [InlineData("--tcp")]
    public async Task PlaysLosesNothingAndTearsDown(string how)
    {
        using var server = new RtspStub(LossProfile.None);
        var receiver = await LoadRun.ReceiverAsync(server.Url, "--clients", "10", "--join-rate", "100", "--duration", "2s", how);
        var (_, sent) = await LoadRun.SendAsync("127.0.0.1:" + server.Relay.Port, "--rate", "2M", "--duration", "2s");
        var (code, got) = await receiver.EndAsync();
        Assert.Equal((0, 0, 0), (code, got.Totals.Lost, got.Totals.Corrupt));
        Assert.Equal((10, 10, 0, 10), (got.Rtsp!.Started, got.Rtsp.Played, got.Rtsp.Failed, got.Rtsp.TornDown));
        Assert.Equal(0, got.Totals.SilentClients);
        Assert.True(got.Totals.Packets > 5 * sent.Totals.Packets, $"{got.Totals.Packets} of 10 x {sent.Totals.Packets}");
        Assert.Equal(10, got.Rtsp.FirstPacketNs.Count);
    }

    [Fact]
    public async Task ClientsThatLeaveComeAgain()
    {
        using var server = new RtspStub(LossProfile.None);
        var receiver = await LoadRun.ReceiverAsync(server.Url, "--clients", "5", "--join-rate", "200", "--stay", "200ms", "--rejoin", "--duration", "1500ms");
        await LoadRun.SendAsync("127.0.0.1:" + server.Relay.Port, "--rate", "2M", "--duration", "1500ms");
        var (code, got) = await receiver.EndAsync();
        Assert.Equal((0, 0), (code, got.Rtsp!.Failed));
        Assert.True(got.Rtsp.Played >= 10 && got.Rtsp.TornDown == got.Rtsp.Played, got.Rtsp.ToString());
    }

    [Fact]
    public async Task SeesTheLossOfTheServer()
    {
        using var server = new RtspStub(new LossProfile { DropEvery = 20 });
        var receiver = await LoadRun.ReceiverAsync(server.Url, "--clients", "2", "--duration", "2s", "--max-loss", "1%");
        await LoadRun.SendAsync("127.0.0.1:" + server.Relay.Port, "--rate", "2M", "--duration", "2s");
        var (code, got) = await receiver.EndAsync();
        Assert.Equal(1, code);
        Assert.InRange(got.Totals.Lost / (double)(got.Totals.Lost + got.Totals.Packets), 0.04, 0.06);
    }

    [Fact]
    public async Task AServerThatIsNotThereIsAFailureThatIsTold()
    {
        var receiver = await LoadRun.ReceiverAsync($"rtsp://127.0.0.1:{FreePorts.One()}/news", "--clients", "3", "--duration", "500ms", "--max-loss", "0");
        var (code, got) = await receiver.EndAsync();
        Assert.Equal((1, 3, 0), (code, got.Rtsp!.Failed, got.Rtsp.Played));
        Assert.Equal(["nothing was received"], got.Broken);
        Assert.Equal("connect: ConnectionRefused", got.Rtsp.Problems[0]);
    }
}
