using System.Net;
using Sluice.Tests.EndToEnd;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Xunit.Abstractions;

namespace Sluice.Tests.Load;

/// <summary>Both halves together over loopback, with what stands between them known.</summary>
[Collection(QuietMachine.Name)]
public class LoopbackTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("--ts")]
    [InlineData("--frames")]
    [InlineData("--burst", "8", "--train", "8")]
    [InlineData("--wrap-soon", "--restart-at", "400ms", "--restart-gap", "100ms", "--ssrc-change-at", "200ms")]
    public async Task LosesNothingAtAModerateRate(params string[] how)
    {
        var port = FreePorts.One();
        var receiver = await LoadRun.ReceiverAsync(Text(port), "--idle-stop", "500ms", "--max-loss", "0");
        var (sentCode, sent) = await LoadRun.SendAsync(["127.0.0.1:" + port, "--rate", "20M", "--duration", "1s", .. how]);
        var (code, got) = await receiver.EndAsync();
        Assert.Equal((0, 0, sent.Totals.Packets), (sentCode, code, got.Totals.Packets));
        Assert.Equal((0, 0, 0), (got.Totals.Lost, got.Totals.OutOfOrder, got.Totals.Corrupt));
        Assert.InRange(got.Totals.Packets, 1600, 2000);
        Assert.Equal(got.Totals.Packets, got.Totals.LatencyNs.Count);
    }

    [Fact]
    public async Task EveryOneOfManyClientsGetsItsOwnStream()
    {
        const int Clients = 200;
        var first = ManyPorts(Clients);
        var (to, count) = ("127.0.0.1:" + first, Text(Clients));
        var receiver = await LoadRun.ReceiverAsync(to, "--clients", count, "--port-step", "1", "--idle-stop", "500ms", "--per-client");
        var (_, sent) = await LoadRun.SendAsync(to, "--streams", count, "--port-step", "1", "--rate", "500k", "--duration", "1s");
        var (code, got) = await receiver.EndAsync();
        Assert.Equal((0, sent.Totals.Packets, 0, 0), (code, got.Totals.Packets, got.Totals.Lost, got.Totals.SilentClients));
        Assert.Equal(Clients, got.Clients!.Count);
        Assert.All(got.Clients, client => Assert.InRange(client.Packets, 47, 48));
    }

    [Fact]
    public async Task HearsAGroup()
    {
        var port = FreePorts.One();
        var receiver = await LoadRun.ReceiverAsync("239.255.7.9:" + port, "--iface", "lo", "--idle-stop", "500ms", "--max-loss", "0");
        var (_, sent) = await LoadRun.SendAsync("239.255.7.9:" + port, "--iface", "lo", "--ttl", "1", "--packets", "500");
        var (code, got) = await receiver.EndAsync();
        Assert.Equal((0, 500L, sent.Totals.Packets), (code, got.Totals.Packets, got.Totals.Packets));
    }

    [Fact]
    public async Task FindsTheLossOfARelay()
    {
        var port = FreePorts.One();
        var receiver = await LoadRun.ReceiverAsync(Text(port), "--idle-stop", "500ms", "--max-loss", "0.1%");
        var profile = new LossProfile(Seed: 11) { Drop = 0.02, Duplicate = 0.01, Reorder = 0.01 };
        using var relay = new LossyRelay((new IPEndPoint(IPAddress.Loopback, port), profile));
        var (_, sent) = await LoadRun.SendAsync("127.0.0.1:" + relay.Port, "--rate", "10M", "--packets", "3000");
        var (code, got) = await receiver.EndAsync();
        Assert.Equal(1, code);   // the bound is broken, and the relay is why
        Assert.StartsWith("loss", Assert.Single(got.Broken), StringComparison.Ordinal);
        Assert.True(relay.Dropped > 30 && relay.Duplicated > 10 && relay.Reordered > 10);
        // A packet that the relay drops or still holds back at the very end is not missed by anybody.
        Assert.InRange(got.Totals.Lost, relay.Dropped - 3, relay.Dropped + 1);
        Assert.Equal((long)relay.Duplicated, got.Totals.Duplicates);
        Assert.InRange(got.Totals.OutOfOrder, relay.Reordered - 2, relay.Reordered);
        Assert.Equal(sent.Totals.Packets - relay.Dropped + relay.Duplicated, got.Totals.Packets, tolerance: 1);
    }

    [Fact]
    public async Task MeasuresAPeerThatIsNotOurs()
    {
        const int Clients = 20;
        var source = FreePorts.One();
        var first = ManyPorts(Clients);
        var receiver = await LoadRun.ReceiverAsync(
            "127.0.0.1:" + first, "--clients", Text(Clients), "--port-step", "1", "--idle-stop", "1s", "--max-loss", "0");
        var clients = string.Join(',', Enumerable.Range(first, Clients).Select(port => $"127.0.0.1:{port}"));
        await using var peer = ChildProcess.Start("gst-launch-1.0",
            ["-v", "udpsrc", "address=127.0.0.1", $"port={source}", "buffer-size=4194304", "!",
                "multiudpsink", $"clients={clients}", "sync=false", "async=false"]);
        await peer.WaitForLineAsync("PLAYING", line => line.Contains("PLAYING", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        var (_, sent) = await LoadRun.SendAsync("127.0.0.1:" + source, "--rate", "5M", "--packets", "1000");
        var (code, got) = await receiver.EndAsync();
        output.WriteLine(Sluice.Load.Reporting.Summary.Of(got));
        Assert.Equal((0, 1000 * Clients, 0, 0), (code, got.Totals.Packets, got.Totals.Lost, got.Totals.Corrupt));
        // Every input packet is a burst of one to each client: all of them share an instant, and the windows between are empty.
        Assert.InRange(got.Totals.CInst, 0.5, 1);
        Assert.InRange(got.Totals.PeakToMean.W100us.P99, 5, 50);
        Assert.Equal(1000, sent.Totals.Packets);
    }

    [Fact]
    public async Task KnowsWhenItWasItselfTheLimit()
    {
        var port = FreePorts.One();
        var receiver = await LoadRun.ReceiverAsync(Text(port), "--idle-stop", "500ms", "--buffer", "4096", "--no-gro");
        await LoadRun.SendAsync("127.0.0.1:" + port, "--rate", "max", "--train", "40", "--packets", "20000", "--checksum-stamp-only");
        var (_, got) = await receiver.EndAsync();
        Assert.True(got.Limits.WasTheLimit && got.Limits.RxqOverflow > 0 && got.Limits.RcvbufErrors >= got.Limits.RxqOverflow, got.Limits.ToString());
        Assert.True(got.Totals.Lost > 0);
    }

    [Fact]
    public async Task AStopStillReports()
    {
        var port = FreePorts.One();
        var receiver = await LoadRun.ReceiverAsync(Text(port), "--max-loss", "0");
        await LoadRun.SendAsync("127.0.0.1:" + port, "--packets", "100", "--rate", "10M");
        receiver.Stop();
        var (code, got) = await receiver.EndAsync();
        Assert.Equal((0, 100), (code, got.Totals.Packets));
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    // A run of neighbours below the ports that FreePorts gives out.
    private static int ManyPorts(int count)
    {
        for (var first = 12_000; ; first += count)
            if (Enumerable.Range(first, count).All(IsFree)) return first;

        static bool IsFree(int port)
        {
            using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
            try { socket.Bind(new IPEndPoint(IPAddress.Any, port)); }
            catch (System.Net.Sockets.SocketException) { return false; }
            return true;
        }
    }
}
