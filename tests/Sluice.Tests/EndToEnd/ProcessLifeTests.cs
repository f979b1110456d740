using System.Net;
using System.Net.Sockets;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>How the published binary starts, refuses to start, keeps on without a store, and ends.</summary>
[Collection(QuietMachine.Name)]
public class ProcessLifeTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task SigtermSaysByeAndEndsWithZeroWithinTwoSeconds()
    {
        var ports = FreePorts.Pairs(3);
        using var receiver = new RtpReceiver(ports);
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [.. ports.Select(p => $"rtp://127.0.0.1:{p}")] });
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond: 200));
        using var interleaved = await InterleavedClient.PlayAsync(engine);
        await Eventually.TrueAsync("the stream", s_bound, () => receiver.Records.All(r => r.Count > 100) && interleaved.Record.Count > 100);
        await engine.Sluice.StopCleanlyAsync();
        await interleaved.Closed.WaitAsync(s_bound);
        Assert.All(receiver.Stop(), r => Assert.True(r.ByeSeen, $"no BYE at {r.Port}"));
        Assert.True(interleaved.Record.ByeSeen, "no BYE on the RTSP connection");
    }

    [Theory]
    [InlineData("{ \"chanels\": {} }", "chanels", 1)]
    [InlineData("{\n \"channels\": { \"a\": { \"sources\": [ \"ftp://x\" ] } } }", "channels.a.sources[0]", 2)]
    [InlineData("{\n\n \"channels\": { \"a\": { \"sources\": [ \"rtp://@:5004\" ], \"delay\": { \"range\": \"5 parsecs\" } } } }", "parsecs", 3)]
    [InlineData("{", "", 1)]
    public async Task AMistakenConfigurationIsNamedWithItsLine(string text, string named, int line)
    {
        var path = SluiceProcess.WriteConfiguration(text);
        foreach (var verb in (string[])["check", "run"])
        {
            var (code, output) = await SluiceProcess.RunToEndAsync(verb, path);
            Assert.Equal(2, code);
            Assert.Contains(named, output, StringComparison.Ordinal);
            Assert.Matches($@"[:( ]{line}\b", output);
        }
    }

    [Theory]
    [InlineData("rtsp")]
    [InlineData("admin")]
    public async Task APortInUseIsNamed(string listener)
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var taken = ((IPEndPoint)holder.LocalEndpoint).Port;
        int rtsp = listener == "rtsp" ? taken : FreePorts.One(), admin = listener == "admin" ? taken : FreePorts.One();
        var path = SluiceProcess.WriteConfiguration($$"""
            { "rtsp": { "listen": "127.0.0.1:{{rtsp}}" }, "http": { "listen": "off" }, "admin": { "listen": "127.0.0.1:{{admin}}" },
              "channels": { "a": { "sources": [ "rtp://@:{{FreePorts.Pair()}}" ] } } }
            """);
        var (code, output) = await SluiceProcess.RunToEndAsync("run", path);
        Assert.Equal(3, code);
        Assert.Contains($":{taken}", output, StringComparison.Ordinal);
    }

    [Fact]
    public Task AStoreThatCannotBeMadeLeavesLiveAlone() =>
        LiveGoesOnAsync(new EnginePlan { StorePath = "/proc/sluice-store" });   // nobody can make a directory there, not even root

    [Fact]
    public async Task AFullStoreLeavesLiveAlone()
    {
        Assert.True(Environment.IsPrivilegedProcess, "A small file system of its own needs root; run the tests as root.");
        var folder = TestFolder.Create("full-disk");
        // 4 MiB of disk for a store that is promised 64.
        await LiveGoesOnAsync(new EnginePlan { StorePath = folder, ShellBefore = $"mount -t tmpfs -o size=4m none {folder}" });
    }

    private static async Task LiveGoesOnAsync(EnginePlan plan)
    {
        var port = FreePorts.Pair();
        using var receiver = new RtpReceiver([port]);
        await using var engine = await EngineRig.StartAsync(plan with { Outputs = [$"rtp://127.0.0.1:{port}"] });
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond: 1500));   // 2 MB/s: fills 4 MiB at once
        await Eventually.TrueAsync("an alarm about the store", s_bound, async () =>
            (await engine.Sluice.GetAsync("/api/status"))["alarms"]!.AsArray().Any(a => a!["code"]!.GetValue<string>().StartsWith("store", StringComparison.Ordinal)));
        var soFar = receiver.Records[0].Count;
        await Eventually.TrueAsync("live after the alarm", s_bound, () => receiver.Records[0].Count > soFar + 3000);
        receiver.Stop();
        EngineRig.AssertWhole(receiver, receiver.Records, packetsMin: 3000);
        Assert.Contains(engine.Sluice.Child.Output.Snapshot(), l => l.Text.Contains("store", StringComparison.OrdinalIgnoreCase));
    }
}
