using System.Globalization;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Sessions that somebody abuses (X3, X14, X18), on the published binary.</summary>
[Collection(QuietMachine.Name)]
public class HostileSessionTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    /// <summary>X3: who knows another's session id can do nothing with it.</summary>
    [Fact]
    public async Task AReplayedSessionIdIsNotFoundAndItsOwnerIsNotDisturbed()
    {
        await using var engine = await EngineRig.StartAsync(new EnginePlan());
        using var sender = new StampedSender(engine.Source, new SendPlan(300));
        using var port = new RtpReceiver([FreePorts.Pair()], packetsExpected: 20_000);
        using var owner = await RtspDialogue.ConnectAsync(engine.RtspPort);
        var udp = port.Records[0].Port;
        var setup = await owner.AskAsync("SETUP", engine.RtspUrl, $"Transport: RTP/AVP;unicast;client_port={udp}-{udp + 1}");
        Assert.Equal(200, (await owner.AskAsync("PLAY", engine.RtspUrl, $"Session: {setup.Session}")).Status);
        await Eventually.TrueAsync("packets", s_bound, () => port.Records[0].Count > 300);

        foreach (var method in (string[])["PLAY", "PAUSE", "TEARDOWN", "SETUP", "GET_PARAMETER", "SET_PARAMETER", "OPTIONS"])
        {
            using var thief = await RtspDialogue.ConnectAsync(engine.RtspPort);
            var reply = await thief.AskAsync(method, engine.RtspUrl, $"Session: {setup.Session}", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1");
            Assert.Equal((method, 454), (method, reply.Status));
        }

        var soFar = port.Records[0].Count;
        await Eventually.TrueAsync("a second more", s_bound, () => port.Records[0].Count > soFar + 300);
        Assert.Equal(200, (await owner.AskAsync("TEARDOWN", engine.RtspUrl, $"Session: {setup.Session}")).Status);
        port.Stop();
        EngineRig.AssertWhole(port, port.Records, packetsMin: 600);
    }

    /// <summary>After PAUSE nothing comes; PLAY goes on at now, with the next sequence number and the clock's time gone by.</summary>
    [Fact]
    public async Task APauseSendsNothingAndGoesOnAtNow()
    {
        await using var engine = await EngineRig.StartAsync(new EnginePlan { DelayMode = "off" });
        using var sender = new StampedSender(engine.Source, new SendPlan(300));
        using var port = new RtpReceiver([FreePorts.Pair()], packetsExpected: 20_000);
        using var client = await RtspDialogue.ConnectAsync(engine.RtspPort);
        var udp = port.Records[0].Port;
        var setup = await client.AskAsync("SETUP", engine.RtspUrl, $"Transport: RTP/AVP;unicast;client_port={udp}-{udp + 1}");
        var session = $"Session: {setup.Session}";
        await client.AskAsync("PLAY", engine.RtspUrl, session);
        await Eventually.TrueAsync("packets", s_bound, () => port.Records[0].Count > 300);

        Assert.Equal(200, (await client.AskAsync("PAUSE", engine.RtspUrl, session)).Status);
        await Eventually.TrueAsync("silence", s_bound, async () =>
        {
            var soFar = port.Records[0].Count;
            await Task.Delay(300);
            return port.Records[0].Count == soFar;
        });
        var (paused, sentBefore) = (port.Records[0].Count, sender.Sent);
        await Eventually.TrueAsync("two seconds of the source", s_bound, () => sender.Sent > sentBefore + 600);
        Assert.Equal(paused, port.Records[0].Count);
        var again = await client.AskAsync("PLAY", engine.RtspUrl, session);
        await Eventually.TrueAsync("packets again", s_bound, () => port.Records[0].Count > paused + 300);

        var packets = port.Stop()[0].Packets;
        var (last, first) = (packets[paused - 1], packets[paused]);
        Assert.Contains($"seq={first.Sequence};", again.Header("RTP-Info"));
        Assert.Equal((ushort)(last.Sequence + 1), first.Sequence);
        Assert.True(first.Index > sentBefore + 500, $"packet {first.Index} came after the pause, {sentBefore} had been sent before it");
        var (mediaSeconds, seconds) = ((int)(first.Timestamp - last.Timestamp) / 90_000.0, (first.Index - last.Index) / 300.0);
        Assert.InRange(mediaSeconds - seconds, -0.5, 0.5);
    }

    /// <summary>
    /// X14: 100,000 SETUPs that never play, over connections that stay, and again: memory is what it was before, but for what is made once
    /// at first use.
    /// </summary>
    [Fact]
    public async Task AHundredThousandSetupsWithoutPlayLeaveNothingBehind()
    {
        const double MegabytesMax = 24;
        await using var engine = await EngineRig.StartAsync(new EnginePlan { RtspSessions = 2 * SetupConnections });
        var before = ResidentMb(engine);
        Say($"before: {before:0} MB resident");
        var clients = new List<QuickRtsp>();
        for (var i = 0; i < SetupConnections; i++) clients.Add(await QuickRtsp.ConnectAsync(engine.RtspPort));
        for (var wave = 0; wave < 2; wave++)
        {
            var granted = await SetUpWithoutPlayAsync(engine, clients);
            var held = (await engine.ClientsAsync()).Length;
            var after = ResidentMb(engine);
            Say($"{granted} SETUPs granted: {held} sessions held at their end; {after:0} MB resident");
            Assert.Equal(SetupConnections * SetupsEach, granted);
            Assert.InRange(held, 1, SetupConnections);
            Assert.InRange(after - before, -1000, MegabytesMax);
        }
        // Who does not play within ten seconds has no session any more.
        await Eventually.TrueAsync("every session's end", s_bound, async () => (await engine.ClientsAsync()).Length == 0);
        Assert.InRange(ResidentMb(engine) - before, -1000, MegabytesMax);
        clients.ForEach(client => client.Dispose());
    }

    private const int SetupConnections = 100, SetupsEach = 1000, SetupsTogether = 20;

    private static async Task<int> SetUpWithoutPlayAsync(EngineRig engine, List<QuickRtsp> clients)
    {
        var granted = 0;
        string[] transports = [.. Enumerable.Range(0, SetupsTogether).Select(i => i % 2 == 0
            ? "Transport: RTP/AVP;unicast;client_port=50000-50001\r\n" : "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n")];
        await Task.WhenAll(clients.Select(async client =>
        {
            for (var i = 0; i < SetupsEach; i += SetupsTogether)
                Interlocked.Add(ref granted, (await client.AskTogetherAsync("SETUP", engine.RtspUrl, transports)).Count(status => status == 200));
        }));
        return granted;
    }

    private void Say(FormattableString line)
    {
        output.WriteLine(FormattableString.Invariant(line));
        Console.WriteLine(FormattableString.Invariant(line));
    }

    /// <summary>X18: what clients call themselves makes no series and no log line.</summary>
    [Fact]
    public async Task NamesOfClientsDoNotBecomeMetrics()
    {
        await using var engine = await EngineRig.StartAsync(new EnginePlan());
        using var client = await QuickRtsp.ConnectAsync(engine.RtspPort);
        await client.AskAsync("OPTIONS", engine.RtspUrl, "");
        var before = (await engine.Sluice.GetTextAsync("/metrics")).Split('\n').Length;
        for (var i = 0; i < 2000; i++)
            await client.AskAsync(i % 2 == 0 ? "OPTIONS" : "SETUP", $"{engine.RtspUrl}-{i}", $"User-Agent: agent-{i}\r\nTransport: RTP/AVP\r\n");
        var metrics = await engine.Sluice.GetTextAsync("/metrics");
        Assert.Equal(before, metrics.Split('\n').Length);
        Assert.DoesNotContain("agent-", metrics + engine.Sluice.Child.Output.Tail(10_000));
    }

    private static double ResidentMb(EngineRig engine) => 1024e-6 * long.Parse(
        File.ReadLines($"/proc/{engine.Sluice.Child.Pid}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
