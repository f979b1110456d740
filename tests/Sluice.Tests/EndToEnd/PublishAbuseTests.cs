using Sluice.Tests.Kit;

namespace Sluice.Tests.EndToEnd;

/// <summary>Publishers that send what nobody can use, and third parties that would like to be heard, on the published binary.</summary>
[Collection(QuietMachine.Name)]
public class PublishAbuseTests
{
    private const string Channel = EngineRig.Channel;
    private const int Many = 50;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task JunkFramesAreCountedByWhatIsWrongAndTheStreamGoesOn()
    {
        await using var rig = await PublishRig.StartAsync(null, Channel);
        using var publisher = await HandPublisher.ConnectAsync(rig);
        await publisher.PublishAsync(overTcp: true);
        await publisher.FramesAsync(Many);
        await UntilAsync(rig, "packets", Many - 1);            // the first was its probation (RFC 3550 A.1)

        var random = new Random(41);
        for (var i = 0; i < Many; i++)
        {
            var junk = new byte[random.Next(0, 200)];
            random.NextBytes(junk);
            if (junk.Length > 0)
                junk[0] &= 0x3F;                               // never version 2
            await publisher.FrameAsync(0, junk);
            await publisher.FrameAsync(9, HandPublisher.Packet(HandPublisher.Ssrc, 1000 + i));   // a channel that nobody set up
            await publisher.FrameAsync(0, new byte[30_000]);
            await publisher.FrameAsync(1, junk);               // no RTCP
        }
        for (var i = 0; i < Many; i++)
            await publisher.FrameAsync(0, HandPublisher.Packet(HandPublisher.Ssrc, 1000 + i, payloadType: 96));
        await publisher.FramesAsync(Many);

        await UntilAsync(rig, "packets", (2 * Many) - 1);
        await UntilAsync(rig, "malformed", Many);
        await UntilAsync(rig, "wrongPayloadType", Many);
        await UntilAsync(rig, "oversize", Many);
        Assert.Equal(200, (await publisher.AskAsync("TEARDOWN")).Status);
    }

    /// <summary>As after a stall of the network: TCP hands over everything at once, and it is the publisher that waits.</summary>
    [Fact]
    public async Task FourMegabytesAtOnceLoseNothing()
    {
        const int Burst = 3_000;
        await using var rig = await PublishRig.StartAsync(null, Channel);
        using var publisher = await HandPublisher.ConnectAsync(rig);
        await publisher.PublishAsync(overTcp: true);
        await publisher.FramesAsync(Burst);
        await UntilAsync(rig, "packets", Burst - 1);
        Assert.Equal(0, await CounterAsync(rig, "lost"));
    }

    [Fact]
    public async Task AThirdPartyIsNotHeardInTheUdpPair()
    {
        await using var rig = await PublishRig.StartAsync(null, Channel);
        using var publisher = await HandPublisher.ConnectAsync(rig);
        await publisher.AnnounceAsync();
        await publisher.SetUpAsync(overTcp: false);
        for (var i = 0; i < Many; i++)
            publisher.Datagram(publisher.Next());
        await UntilAsync(rig, "foreignSender", Many);          // nobody is heard before RECORD
        Assert.Equal(200, (await publisher.AskAsync("RECORD")).Status);

        // Before the publisher's first packet and between them; from another port, and from another address of this machine.
        using var samePort = HandPublisher.From("127.0.0.1");
        using var elsewhere = HandPublisher.From("127.0.0.2");
        for (var i = 0; i < Many; i++)
        {
            samePort.SendTo(HandPublisher.Packet(0xBAD, i), publisher.ServerPort!);
            elsewhere.SendTo(HandPublisher.Packet(0xBAD, i), publisher.ServerPort!);
        }
        await UntilAsync(rig, "foreignSender", 3 * Many);
        Assert.Equal(0, await CounterAsync(rig, "packets"));
        for (var i = 0; i < Many; i++)
        {
            publisher.Datagram(publisher.Next());
            elsewhere.SendTo(HandPublisher.Packet(HandPublisher.Ssrc, 1000 + i), publisher.ServerPort!);
        }
        await UntilAsync(rig, "packets", Many - 1);
        await UntilAsync(rig, "foreignSender", 4 * Many);
        Assert.Equal((long)HandPublisher.Ssrc, (await rig.PublisherAsync(Channel))["ssrc"]!.GetValue<long>());
    }

    [Fact]
    public async Task ASilentPublisherGivesTheChannelUpAndAPausedOneIsNotHeard()
    {
        await using var rig = await PublishRig.StartAsync(null, Channel, "other");
        using var publisher = await HandPublisher.ConnectAsync(rig);
        Assert.Equal(455, (await publisher.SetUpAsync(overTcp: true)).Status);
        await publisher.PublishAsync(overTcp: true);
        Assert.Equal(455, (await publisher.SetUpAsync(overTcp: true, rig.UrlOf("other"))).Status);
        await publisher.FramesAsync(Many);
        await UntilAsync(rig, "packets", Many - 1);

        Assert.Equal(200, (await publisher.AskAsync("PAUSE")).Status);
        await publisher.FramesAsync(Many);
        await UntilAsync(rig, "foreignSender", Many);
        Assert.Equal(200, (await publisher.AskAsync("RECORD")).Status);
        await publisher.FramesAsync(Many);
        await UntilAsync(rig, "packets", (2 * Many) - 2);

        using var next = await HandPublisher.ConnectAsync(rig);
        Assert.Equal(403, (await next.AnnounceAsync()).Status);
        await Eventually.TrueAsync("the channel to be free", s_bound, async () => (await next.AnnounceAsync()).Status == 200);
        Assert.Equal(454, (await publisher.AskAsync("RECORD")).Status);
        await next.PublishAsync(overTcp: false);
        for (var i = 0; i < Many; i++)
            next.Datagram(next.Next());
        await UntilAsync(rig, "packets", (3 * Many) - 3);
    }

    private static async Task<long> CounterAsync(EngineRig rig, string name) => (await rig.PublisherAsync(Channel))[name]!.GetValue<long>();

    private static async Task UntilAsync(EngineRig rig, string counter, long value)
    {
        var source = await rig.PublisherAsync(Channel);
        await Eventually.TrueAsync($"{value} {counter}", s_bound,
            async () => (source = await rig.PublisherAsync(Channel))[counter]!.GetValue<long>() >= value, () => source.ToJsonString());
        Assert.Equal((counter, value), (counter, source[counter]!.GetValue<long>()));
    }
}
