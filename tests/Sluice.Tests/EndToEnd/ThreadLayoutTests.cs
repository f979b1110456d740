using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>Whatever runs the loops, every client gets everything, once and in order.</summary>
[Collection(QuietMachine.Name)]
public class ThreadLayoutTests
{
    private const int PacketsPerSecond = 300;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("shared", "balanced"), InlineData("shared", "eco"), InlineData("dedicated", "balanced")]
    [InlineData("auto", "eco"), InlineData("shared", "precise")]
    public Task EveryLayoutAndProfileServesEverybody(string threads, string profile) => SteadyMachine.RunAsync(stalls => RunAsync(stalls, threads, profile));

    private static async Task RunAsync(StallWatch stalls, string threads, string profile)
    {
        var ports = FreePorts.Pairs(8);
        using var receiver = new RtpReceiver(ports);
        await using var engine = await EngineRig.StartAsync(
            new EnginePlan { Outputs = [.. ports.Select(port => $"rtp://127.0.0.1:{port}")], Threads = threads, Profile = profile });
        stalls.Watch(engine.Sluice.Child.Pid);
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond));
        await Eventually.TrueAsync("two seconds of packets", s_bound, () => receiver.Records.All(record => record.Count >= 2 * PacketsPerSecond));
        EngineRig.AssertWhole(receiver, receiver.Stop(), packetsMin: 2 * PacketsPerSecond);
        Assert.Contains(threads, (await engine.Sluice.GetAsync("/api/status"))["threads"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
