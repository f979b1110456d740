using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Publishers come, are killed, and others take their place, while viewers stay.</summary>
[Collection(QuietMachine.Name)]
public class PublishLifeTests(ITestOutputHelper output)
{
    private const string Channel = EngineRig.Channel;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("udp")]
    [InlineData("tcp")]
    public async Task TheNextPublisherGoesOnForTheSameViewers(string transport)
    {
        await using var rig = await PublishRig.StartAsync(null, Channel);
        await using var first = await Publisher.FfmpegAsync(rig.RtspUrl, transport, withSound: false);
        await rig.UntilOnlineAsync(Channel);
        using var viewer = await InterleavedClient.PlayAsync(rig, "/trackID=0");
        await Eventually.TrueAsync("packets", s_bound, () => viewer.Record.Count > 100);

        await using (var second = await Publisher.FfmpegAsync(rig.RtspUrl, transport, withSound: false))
        {
            await second.WaitForExitAsync(s_bound);
            Assert.Contains("403 somebody publishes into the channel already", second.Output.Tail(200), StringComparison.Ordinal);
        }
        Assert.True(await rig.IsOnlineAsync(Channel));

        first.Signal(Signals.Kill);
        await Eventually.TrueAsync("the alarm", s_bound, async () => await IsSilentAsync(rig));
        Assert.Equal("silent", (await rig.PublisherAsync(Channel))["state"]!.GetValue<string>());
        var before = viewer.Record.Count;
        await using var next = await Publisher.FfmpegAsync(rig.RtspUrl, transport, withSound: false);
        await Eventually.TrueAsync("packets of the next publisher", s_bound, () => viewer.Record.Count > before + 200);
        await Eventually.TrueAsync("no alarm", s_bound, async () => !await IsSilentAsync(rig));

        var record = await viewer.StopAsync();
        var score = PortScore.Of(record);
        output.WriteLine($"{score}; {before} packets before the kill");
        Assert.Equal((0, 0, 0, 1), (score.Lost, score.Duplicates, score.OutOfOrder, record.Ssrcs.Count));
    }

    private static async Task<bool> IsSilentAsync(EngineRig rig) =>
        (await rig.Sluice.GetAsync("/api/status"))["alarms"]!.AsArray().Any(alarm => (string)alarm!["code"]! == "source-silent");
}
