using Sluice.Control.Rtsp.Pull;

namespace Sluice.Tests.Control.Rtsp.Pull;

public class PullBackoffTests
{
    private const long SecondNs = 1_000_000_000;

    [Fact]
    public void WaitsDoubleUpToHalfAMinuteAndAreNeverTheSame()
    {
        var waits = new PullBackoff(seed: 1);
        long[] means = [1, 2, 4, 8, 16, 30, 30, 30];
        var seen = means.Select(mean => (Mean: mean * SecondNs, Ns: waits.NextNs(playedNs: 0, isRefused: false))).ToList();
        Assert.All(seen, wait => Assert.InRange(wait.Ns, (long)(0.75 * wait.Mean), (long)(1.25 * wait.Mean)));
        Assert.Equal(seen.Count, seen.Select(wait => wait.Ns).Distinct().Count());
        var others = new PullBackoff(seed: 2);
        Assert.NotEqual(seen[0].Ns, others.NextNs(0, false));
    }

    [Fact]
    public void AConnectionThatPlayedBeginsAnewAndAShortOneDoesNot()
    {
        var waits = new PullBackoff(seed: 3);
        for (var i = 0; i < 5; i++)
            waits.NextNs(0, false);
        Assert.InRange(waits.NextNs(PullBackoff.GoodAfterNs - 1, false), 20 * SecondNs, 40 * SecondNs);
        Assert.InRange(waits.NextNs(PullBackoff.GoodAfterNs, false), 0, 2 * SecondNs);
    }

    [Fact]
    public void WhoRefusedAPasswordIsLeftAloneForAMinute() =>
        Assert.InRange(new PullBackoff(seed: 4).NextNs(0, isRefused: true), 45 * SecondNs, 75 * SecondNs);
}
