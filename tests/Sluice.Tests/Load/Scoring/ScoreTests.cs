using Sluice.Load.Receiving;
using Sluice.Load.Reporting;
using Sluice.Load.Scoring;
using Sluice.Load.Sending;

namespace Sluice.Tests.Load.Scoring;

/// <summary>The generator's own truth: what was injected is what the report says.</summary>
public class ScoreTests
{
    private const long Ms = 1_000_000;
    private const double Mbit5 = 5e6;

    [Fact]
    public void FindsTheLossDuplicatesAndOrderThatWereInjected()
    {
        var score = new Score();
        var faults = new FaultPlan { Loss = 0.02, Duplicate = 0.01, Reorder = 0.01 };
        var plan = new StreamPlan(default) { Faults = faults, Seed = 7 };
        var streams = Enumerable.Range(0, 5).Select(i => Synthetic.Stream(new ConstantRateSource(Mbit5, 1316), plan, (uint)i)).ToArray();
        foreach (var stream in streams) Synthetic.Feed(score.AddClient("client"), stream, 20_000, _ => Ms);
        var (totals, injected) = (Report(score).Totals, streams.Aggregate(new Injected(0, 0, 0, 0, 0), (sum, stream) => sum + stream.Injected));
        Assert.True(injected is { Lost: > 1500, Duplicates: > 700, Reordered: > 700 });
        // The last packets of a stream may be dropped or held back where no receiver can know of them.
        Assert.InRange(injected.Lost + injected.Reordered - totals.Lost - totals.OutOfOrder, 0, 10);
        Assert.InRange(totals.Lost, injected.Lost - 5, injected.Lost + 5);
        Assert.InRange(totals.Duplicates, injected.Duplicates - 5, injected.Duplicates);
        Assert.Equal((100_000, 0, 0), (totals.Packets, totals.Corrupt, totals.Unstamped));
    }

    [Fact]
    public void FindsTheLatencyThatWasInjected()
    {
        var score = new Score();
        // 1 ms for most, 20 ms for one in 100, 90 ms for one in 2,000.
        Synthetic.Feed(score.AddClient("client"), Synthetic.Stream(new ConstantRateSource(1e5, 1316)), 10_000,
            i => i % 2000 == 1999 ? 90 * Ms : i % 100 == 99 ? 20 * Ms : Ms);
        var latency = Report(score).Totals.LatencyNs;
        Assert.Equal(Ms, latency.P50, tolerance: 0.004 * Ms);
        Assert.Equal(Ms, latency.P99, tolerance: 0.004 * Ms);
        Assert.Equal(20 * Ms, latency.P999, tolerance: 0.08 * Ms);
        Assert.Equal((Ms, 90 * Ms, 10_000), (latency.Min, latency.Max, latency.Count));
    }

    [Fact]
    public void FindsTheJitterThatWasInjected()
    {
        var score = new Score();
        var (steady, shaken) = (score.AddClient("steady"), score.AddClient("shaken"));
        Synthetic.Feed(steady, Synthetic.Stream(new ConstantRateSource(Mbit5, 1316)), 2000, _ => 3 * Ms);
        // Transit alternates by 2 ms: every difference is 2 ms, so the smoothed mean deviation is too (RFC 3550 A.8).
        Synthetic.Feed(shaken, Synthetic.Stream(new ConstantRateSource(Mbit5, 1316), number: 1), 2000, i => i % 2 * 2 * Ms);
        Assert.InRange(steady.JitterNs, 0, 23_000);   // two ticks of 90 kHz: timestamps and arrivals are cut to whole ones
        Assert.Equal(2 * Ms, shaken.JitterNs, tolerance: 0.03 * Ms);
        Assert.Equal(2 * Ms, shaken.DelaySpreadNs, tolerance: 0.04 * Ms);
        Assert.Equal(0, steady.DelaySpreadNs);
    }

    [Fact]
    public void FindsThePeaksThatWereInjected()
    {
        // 100 clients: all served at once, or each at its own 10 µs of the 2.1056 ms between two packets.
        var (reflector, spread) = (Serve(_ => 0), Serve(client => client * 21_056L));
        Assert.InRange(reflector.PeakToMean.W100us.Max, 20.5, 21.6);
        Assert.InRange(reflector.PeakToMean.W1ms.P99, 2.05, 2.15);
        Assert.InRange(spread.PeakToMean.W1ms.P99, 0.99, 1.05);
        Assert.Equal(1, reflector.CInst, tolerance: 1e-9);
        Assert.InRange(spread.CInst, 0.04, 0.06);   // about five clients in each 0.1 ms

        static Totals Serve(Func<int, long> delayNs)
        {
            var score = new Score();
            for (var client = 0; client < 100; client++)
                Synthetic.Feed(score.AddClient("client"), Synthetic.Stream(new ConstantRateSource(Mbit5, 1316)), 1000, _ => delayNs(client));
            return Report(score).Totals;
        }
    }

    [Fact]
    public void FindsTheGapAndTheDriftThatWereInjected()
    {
        var score = new Score();
        var client = score.AddClient("client");
        Synthetic.Feed(client, Synthetic.Stream(new ConstantRateSource(1e6, 1316)), 2000, i => Ms + i * 1000 + (i >= 1000 ? 70 * Ms : 0));
        Assert.InRange(client.GapMaxNs, 80 * Ms, 81 * Ms);
        var drifting = new Score().AddClient("client");
        Synthetic.Feed(drifting, Synthetic.Stream(new ConstantRateSource(1e6, 1316)), 2000, i => Ms + i * 10_528);   // 1 ms a second
        Assert.Equal(Ms, drifting.DriftNsPerSecond, tolerance: 0.01 * Ms);
    }

    [Fact]
    public void ASenderThatBeginsAnewLosesNothing()
    {
        var score = new Score();
        var client = score.AddClient("client");
        var faults = new FaultPlan { RestartAtNs = [500 * Ms, 1500 * Ms], SsrcChangeAtNs = [1000 * Ms] };
        var plan = new StreamPlan(default) { Faults = faults, FirstSequence = 65_500, FirstTimestamp = uint.MaxValue - 100 };
        Synthetic.Feed(client, Synthetic.Stream(new ConstantRateSource(Mbit5, 1316), plan), 1000, _ => Ms);
        Assert.Equal((1000, 0, 0, 0, 3), (client.Packets, client.Lost, client.Duplicates, client.OutOfOrder, client.SourceChanges));
        Assert.InRange(client.JitterNs, 0, 23_000);
        Assert.InRange(client.GapMaxNs, 500 * Ms, 503 * Ms);
        var next = new StampedStream(new StreamPlan(default), new ConstantRateSource(Mbit5, 1316), run: 100, number: 0);   // another process
        Synthetic.Feed(client, next, 1000, _ => Ms, Synthetic.StartNs + 10_000 * Ms);
        Assert.Equal((2000, 0, 0, 0), (client.Packets, client.Lost, client.Duplicates, client.OutOfOrder));
    }

    [Fact]
    public void UnstampedRtpIsScoredByItsSequenceNumbers()
    {
        var client = new Score().AddClient("client");
        byte[] datagram = [0x80, 96, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 9, 9, 9];
        foreach (var sequence in (int[])[65_533, 65_534, 0, 65_535, 1, 1, 5])
        {
            (datagram[2], datagram[3]) = ((byte)(sequence >> 8), (byte)sequence);
            client.Receive(datagram, Synthetic.StartNs);
        }
        Assert.Equal((7, 3, 1, 1, 7), (client.Packets, client.Lost, client.Duplicates, client.OutOfOrder, client.Unstamped));
    }

    [Fact]
    public void DamagedAndForeignDatagramsAreCorrupt()
    {
        var client = new Score().AddClient("client");
        var (_, bytes) = Synthetic.Take(Synthetic.Stream(new ConstantRateSource(Mbit5, 1316)), 1)[0];
        bytes[700] ^= 1;
        client.Receive(bytes, Synthetic.StartNs);
        client.Receive("GET / HTTP/1.1"u8, Synthetic.StartNs);
        Assert.Equal((2, 0), (client.Corrupt, client.Lost));
    }

    [Fact]
    public void NothingCountsBeforeTheWarmupAndAfterTheEnd()
    {
        var score = new Score(warmupNs: 1000 * Ms);
        var client = score.AddClient("client");
        var stream = Synthetic.Stream(new ConstantRateSource(10_528_000, 1316));   // 1,000 packets a second
        Synthetic.Feed(client, stream, 3000, _ => 0);
        score.Finish();
        Synthetic.Feed(client, stream, 100, _ => 0);
        Assert.Equal((2000, 0), (client.Packets, client.Lost));
    }

    [Fact]
    public void TheReportSurvivesItsJson()
    {
        var score = new Score();
        Synthetic.Feed(score.AddClient("client"), Synthetic.Stream(new ConstantRateSource(Mbit5, 1316)), 100, _ => Ms);
        var report = Report(score);
        var text = LoadJson.Text(report);
        Assert.Equal(text, LoadJson.Text(LoadJson.Parse(text)!));
        Assert.All(
            (string[])["\"role\"", "\"durationNs\"", "\"totals\"", "\"latencyNs\"", "\"p999\"", "\"w100us\"", "\"w1ms\"", "\"w10ms\"", "\"mdiDelayFactorMs\"",
                "\"cInst\"", "\"wasTheLimit\"", "\"rcvbufErrors\"", "\"rxqOverflow\"", "\"clients\"", "\"perMs\"", "\"gapMaxNs\"", "\"cpus\"", "\"kernel\""],
            name => Assert.Contains(name, text, StringComparison.Ordinal));
        Assert.Contains("latency    p50 1.000 ms", Summary.Of(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.001, null, null, "loss")]
    [InlineData(0.1, 0.5, null, "peak")]
    [InlineData(null, null, 500_000, "latency")]
    [InlineData(0.02, 3.0, 2_000_000, "")]
    public void BoundsAreBrokenByWhatExceedsThem(double? loss, double? peak, int? p999Ns, string broken)
    {
        var score = new Score();
        var plan = new StreamPlan(default) { Faults = new FaultPlan { Loss = 0.01 } };
        Synthetic.Feed(score.AddClient("client"), Synthetic.Stream(new ConstantRateSource(Mbit5, 1316), plan), 5000, _ => Ms);
        var found = new Bounds(loss, peak, p999Ns).BrokenBy(Report(score));
        if (broken.Length == 0) Assert.Empty(found);
        else Assert.StartsWith(broken, Assert.Single(found), StringComparison.Ordinal);
    }

    private static LoadReport Report(Score score)
    {
        score.Finish();
        return ReportMaker.OfReceiver(score, new ReceiveLimits(0, 0, 0, 0), "test", DateTimeOffset.UnixEpoch, perClient: true, perMs: true);
    }
}
