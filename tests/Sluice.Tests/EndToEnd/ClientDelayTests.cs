using System.Globalization;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Every client has a delay of its own, the one that the API tells, from its first packet to its last.</summary>
[Collection(QuietMachine.Name)]
public class ClientDelayTests(ITestOutputHelper output)
{
    private const double RangeMs = 500, ConstantWithinMs = 2, AgreesWithinMs = 15;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task IsConstantDistinctAndAsTheApiSays()
    {
        var ports = FreePorts.Pairs(20);
        using var receiver = new RtpReceiver(ports, packetsExpected: 4000);
        await using var engine = await EngineRig.StartAsync(new EnginePlan { Outputs = [.. ports.Select(p => $"rtp://127.0.0.1:{p}")] });
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond: 200));
        await Eventually.TrueAsync("10 s of packets", s_bound, () => receiver.Records.All(r => r.Count >= 2000));
        var told = (await engine.ClientsAsync()).ToDictionary(
            c => int.Parse(c["address"]!.GetValue<string>().Split(':')[^1], CultureInfo.InvariantCulture), c => c["delayMs"]!.GetValue<double>());
        var records = receiver.Stop();

        EngineRig.AssertWhole(receiver, records, packetsMin: 2000);
        // What every client pays besides its delay (reorder, train) is the same for all: it drops out against the smallest.
        var measured = records.ToDictionary(r => r.Port, r => Median(PortScore.DelaysNs(r)));
        var common = measured.Min(m => m.Value - told[m.Key]);
        foreach (var (port, ms) in measured) output.WriteLine($"{port}: told {told[port]:0.000} ms, measured {ms:0.000} ms");
        Assert.All(measured, m => Assert.InRange(m.Value - told[m.Key] - common, 0, AgreesWithinMs));
        Assert.All(told.Values, ms => Assert.InRange(ms, 0, RangeMs));
        Assert.Equal(ports.Length, told.Values.Distinct().Count());
        var first = records.MinBy(r => told[r.Port])!;
        Assert.All(records, r =>
        {
            var lags = PortScore.LagsNs(r, first);
            var quarter = lags.Length / 4;
            Assert.InRange(Median(lags[..quarter]) - Median(lags[^quarter..]), -ConstantWithinMs, ConstantWithinMs);
            // A busy machine wakes late now and then: nine packets of ten.
            Assert.InRange(Quantile(lags, 0.95) - Quantile(lags, 0.05), 0, 2 * ConstantWithinMs);
        });
    }

    private static double Median(long[] ns) => Quantile(ns, 0.5);

    private static double Quantile(long[] ns, double share) => ns.Order().ElementAt((int)(ns.Length * share)) / 1e6;
}
