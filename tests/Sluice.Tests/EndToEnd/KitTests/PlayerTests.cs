using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd.KitTests;

/// <summary>The player drivers tell the truth: no error on a clean stream, errors on a lossy one.</summary>
[Collection(QuietMachine.Name)]
public class PlayerTests(ITestOutputHelper output)
{
    private const int Seconds = 5;

    // VLC shows nothing of its last second (network cache) and joins up to one GOP late; ffmpeg's -t counts from the join.
    private const int FramesMin = (Seconds - 1 - TestClip.GopSeconds) * TestClip.FramesPerSecond;

    [Fact]
    public async Task CountFramesAndNoErrorOnACleanStream()
    {
        var reports = await PlayerRig.PlayAllAsync(LossProfile.None, Seconds, groupBase: 1);
        foreach (var report in reports) output.WriteLine(report.ToString());
        var faults = reports.Select(r => r.Fault(FramesMin)).OfType<string>().ToArray();
        Assert.True(faults.Length == 0, string.Join("\n\n", faults));
    }

    [Fact]
    public async Task CountLossOnALossyStream()
    {
        var reports = await PlayerRig.PlayAllAsync(new LossProfile { DropEvery = 40 }, Seconds, groupBase: 101);
        foreach (var report in reports) output.WriteLine(report.ToString());
        var blind = reports.Where(r => r.Frames == 0 || (r.Url.StartsWith("udp", StringComparison.Ordinal) ? r.Continuity : r.Lost + r.Continuity) == 0);
        Assert.True(!blind.Any(), "These did not see the loss:\n" + string.Join("\n\n", blind.Select(r => $"{r}\n{r.Log}")));
    }
}
