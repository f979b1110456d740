using System.Net;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>A client that vanishes, one that never reads and one that cannot be reached cost the others nothing.</summary>
[Collection(QuietMachine.Name)]
public class TroubledClientTests
{
    private const int Healthy = 6, PacketsPerSecond = 700;   // 7.4 Mbit/s: fills a socket's buffers soon
    private const string UnreachableHost = "127.77.0.1";   // loopback: nothing can leave the machine
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(40);

    [Fact]
    public Task CostTheOthersNothing() => SteadyMachine.RunAsync(RunAsync);

    private static async Task RunAsync(StallWatch stalls)
    {
        await using var route = await UnreachableRoute.AddAsync(UnreachableHost);
        var ports = FreePorts.Pairs(Healthy + 1);
        using var receiver = new RtpReceiver(ports, packetsExpected: 20_000);
        string[] outputs = [.. ports.Select(p => $"rtp://127.0.0.1:{p}"), $"rtp://127.0.0.1:{FreePorts.Pair()}", .. route.Outputs];
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = outputs });
        stalls.Watch(engine.Sluice.Child.Pid);
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond));
        using var deaf = await DeafClientAsync(engine);
        using var reading = await InterleavedClient.PlayAsync(engine);

        await Eventually.TrueAsync("the first packets", s_bound, () => receiver.Records.All(r => r.Count > PacketsPerSecond));
        var vanished = receiver.Records[^1];
        receiver.Vanish(vanished);
        await Eventually.TrueAsync("drops at the client that does not read, or its end", s_bound, () => IsGivenUpAsync(engine));
        var soFar = sender.Sent;
        await Eventually.TrueAsync("five more seconds", s_bound, () => sender.Sent >= soFar + 5 * PacketsPerSecond);
        var clients = await engine.ClientsAsync();
        receiver.Stop();
        var read = await reading.StopAsync();

        EngineRig.AssertWhole(receiver, receiver.Records.Where(r => r != vanished), packetsMin: 5 * PacketsPerSecond);
        EngineRig.AssertWhole(receiver, [read], packetsMin: 5 * PacketsPerSecond);
        Assert.All(clients.Where(c => ports[..Healthy].Any(p => c["address"]!.GetValue<string>().EndsWith($":{p}", StringComparison.Ordinal))),
            c => Assert.Equal(0, c["sent"]!["dropped"]!.GetValue<long>()));
    }

    /// <summary>Sets up interleaved and plays with a tiny window, then never reads again.</summary>
    private static async Task<RtspDialogue> DeafClientAsync(EngineRig engine)
    {
        var client = await RtspDialogue.ConnectAsync(engine.RtspPort, receiveBufferBytes: 4096);
        await InterleavedClient.SetUpAndPlayAsync(client, engine);
        return client;
    }

    private static async Task<bool> IsGivenUpAsync(EngineRig engine)
    {
        var interleaved = (await engine.ClientsAsync()).Where(c => c["kind"]!.GetValue<string>() == "rtsp-tcp").ToArray();
        return interleaved.Length < 2 || interleaved.Any(c => c["sent"]!["dropped"]!.GetValue<long>() > 0);
    }

    /// <summary>A loopback host that the kernel itself says cannot be reached, while the test runs. Needs root.</summary>
    private sealed class UnreachableRoute(string host) : IAsyncDisposable
    {
        public string[] Outputs => [$"rtp://{host}:5004"];

        public static async Task<UnreachableRoute> AddAsync(string host)
        {
            await RunAsync("replace", host);
            return new UnreachableRoute(host);
        }

        public async ValueTask DisposeAsync() => await RunAsync("del", host);

        // The local table is asked before all others, and the longest prefix wins in it over 127.0.0.0/8.
        private static async Task RunAsync(string verb, string host)
        {
            await using var ip = ChildProcess.Start("ip", ["route", verb, "unreachable", $"{IPAddress.Parse(host)}/32", "table", "local"]);
            Assert.Equal(0, await ip.WaitForExitAsync(TimeSpan.FromSeconds(5)));
        }
    }
}
