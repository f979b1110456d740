using Sluice.Tests.Kit.Net;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Real clients play 20 s from the published binary, each at its own delivery time, and see nothing wrong.</summary>
[Collection(QuietMachine.Name)]
public class LiveClientTests(LiveRun run, ITestOutputHelper output) : IClassFixture<LiveRun>
{
    public static TheoryData<string> Clients => LiveRun.Clients;

    [Theory, MemberData(nameof(Clients))]
    public void PlaysWithoutLoss(string client)
    {
        var report = run.Report(client);
        output.WriteLine(report.ToString());
        var fault = report.Fault(LiveRun.FramesMin);
        Assert.True(fault is null, fault);
    }

    [Fact]
    public async Task TsharkFindsNothingLostAndNothingOutOfOrder()
    {
        var stream = Assert.Single(await Tshark.RtpStreamsAsync(run.Recording, run.RecordedPort));
        output.WriteLine(stream.ToString());
        Assert.True(stream is { Lost: 0, OutOfOrder: 0, HasProblems: false, Packets: > 1000 }, stream.ToString());
        Assert.Empty(await Tshark.ContinuityErrorsAsync(run.Recording, run.RecordedPort));
        Assert.Empty(await Tshark.MalformedAsync(run.Recording, [], [run.RecordedPort]));
    }

    [Fact]
    public async Task TsharkFindsNoMalformedRtsp()
    {
        Assert.True(run.ConversationPackets > 50, $"Only {run.ConversationPackets} packets were captured.");
        Assert.Empty(await Tshark.MalformedAsync(run.Conversation, [run.RtspPort], []));
    }
}
