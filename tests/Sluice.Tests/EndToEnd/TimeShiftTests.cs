using System.Globalization;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>One RTSP session that moves in time, packet by packet: what it gets, by which numbers, and where the answers said that it would begin.</summary>
[Collection(QuietMachine.Name)]
public sealed class TimeShiftTests(ITestOutputHelper output) : IDisposable
{
    private const int PacketsPerSecond = 500, PauseSeconds = 4, DensePerSecond = 4_000, Seeks = 20;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    private readonly string _store = Directory.CreateTempSubdirectory("sluice-shift-").FullName;
    private readonly int _port = FreePorts.Pair();

    public void Dispose() => Directory.Delete(_store, recursive: true);

    [Fact]
    public async Task ASessionPausesGoesOnSeeksAndComesBackToNowOnOneRowOfNumbers()
    {
        await using var rig = await EngineRig.StartAsync(new EnginePlan { StorePath = _store, DelayMode = "off" });
        using var sender = new StampedSender(rig.Source, new SendPlan(PacketsPerSecond));
        using var receiver = new RtpReceiver([_port], packetsExpected: 40_000);
        var record = receiver.Records[0];
        await Eventually.TrueAsync("two seconds are kept", s_bound, () => sender.Sent > 2 * PacketsPerSecond);
        using var player = await ShiftedPlayer.SetUpAsync(rig, _port);

        // A start live, a pause, and on from there.
        var starts = new List<PlayStart> { await player.PlayAsync() };
        Assert.Equal("npt=now-", starts[^1].Range);
        await MoreAsync(record, PacketsPerSecond);
        await player.PauseAsync();
        var (pausedAt, heard) = (sender.Sent, record.Count);
        await Eventually.TrueAsync("the pause", s_bound, () => sender.Sent > pausedAt + (PauseSeconds * PacketsPerSecond));
        Assert.InRange(record.Count - heard, 0, PacketsPerSecond / 10);              // what was under way
        var paused = record.Count;
        starts.Add(await player.PlayAsync());
        Assert.Matches(@"^clock=\d{8}T\d{6}(\.\d+)?Z-$", starts[^1].Range);
        await MoreAsync(record, 2 * PacketsPerSecond);

        // Elsewhere in the window, paused and on, and from there to now.
        var place = DateTimeOffset.UtcNow.AddSeconds(-6);
        starts.Add(await player.PlayAsync($"Range: clock={Clock(place)}-"));
        Assert.InRange((Parse(starts[^1].Range) - place).TotalSeconds, -0.1, 0.1);
        await MoreAsync(record, PacketsPerSecond);
        await player.PauseAsync();
        await StillAsync(record);
        starts.Add(await player.PlayAsync());
        await MoreAsync(record, PacketsPerSecond);
        starts.Add(await player.PlayAsync("Range: npt=now-"));
        var sent = sender.Sent;
        await MoreAsync(record, PacketsPerSecond);

        var packets = receiver.Stop()[0].Packets;
        Array.ForEach([.. starts], start => output.WriteLine(start.ToString()));
        AssertOneRow(packets, record, starts);
        // Not one packet more or less than the pause left: what it had last is followed by what it would have had.
        AssertFollows(packets, 0, At(packets, starts[2]) - 1);
        Assert.InRange(sent - packets[paused + PacketsPerSecond].Index, PauseSeconds * PacketsPerSecond, (PauseSeconds + 20) * PacketsPerSecond);
        AssertFollows(packets, At(packets, starts[2]), At(packets, starts[4]) - 1);
        Assert.InRange(packets[^1].Index, sent, sender.Sent);
    }

    [Fact]
    public async Task ARangeEndsWithAByeAndTheSessionLives()
    {
        await using var rig = await EngineRig.StartAsync(new EnginePlan { StorePath = _store });
        using var sender = new StampedSender(rig.Source, new SendPlan(PacketsPerSecond));
        using var receiver = new RtpReceiver([_port]);
        var record = receiver.Records[0];
        await Eventually.TrueAsync("three seconds are kept", s_bound, () => sender.Sent > 3 * PacketsPerSecond);
        using var player = await ShiftedPlayer.SetUpAsync(rig, _port);
        var from = DateTimeOffset.UtcNow.AddSeconds(-2);
        await player.PlayAsync($"Range: clock={Clock(from)}-{Clock(from.AddSeconds(1))}");
        await Eventually.TrueAsync("a BYE", s_bound, () => record.ByeSeen);
        Assert.InRange(record.Count, PacketsPerSecond - 5, PacketsPerSecond + 5);
        Assert.Equal("npt=now-", (await player.PlayAsync()).Range);
        await MoreAsync(record, PacketsPerSecond / 2);
    }

    [Fact]
    public async Task WhoFindsNoReplayIsToldSoAndOthersGoOn()
    {
        await using var rig = await EngineRig.StartAsync(new EnginePlan { StorePath = _store, Change = root => root["limits"]!["replays"] = 1 });
        using var sender = new StampedSender(rig.Source, new SendPlan(PacketsPerSecond));
        using var receiver = new RtpReceiver([_port]);
        await Eventually.TrueAsync("three seconds are kept", s_bound, () => sender.Sent > 3 * PacketsPerSecond);
        using var first = await ShiftedPlayer.SetUpAsync(rig, _port);
        using var second = await ShiftedPlayer.SetUpAsync(rig, FreePorts.Pair());
        var range = $"Range: clock={Clock(DateTimeOffset.UtcNow.AddSeconds(-2))}-";
        await first.PlayAsync(range);
        Assert.Equal(453, (await second.AskAsync("PLAY", range)).Status);
        await MoreAsync(receiver.Records[0], PacketsPerSecond);
        await first.AskAsync("TEARDOWN");
        await Eventually.TrueAsync("its replay is free", s_bound, async () => (await second.AskAsync("PLAY", range)).Status == 200);
    }

    // What leaves while a replay is being opened was once later than the time that the answer went by.
    [Fact]
    public async Task TimestampsRiseHoweverLongASeekTakes()
    {
        await using var rig = await EngineRig.StartAsync(new EnginePlan { StorePath = _store, DelayMode = "off" });
        using var sender = new StampedSender(rig.Source, new SendPlan(DensePerSecond));
        using var receiver = new RtpReceiver([_port], packetsExpected: 100_000);
        var record = receiver.Records[0];
        await Eventually.TrueAsync("two seconds are kept", s_bound, () => sender.Sent > 2 * DensePerSecond);
        using var player = await ShiftedPlayer.SetUpAsync(rig, _port);
        var starts = new List<PlayStart> { await player.PlayAsync() };
        for (var seek = 0; seek < Seeks; seek++)
        {
            await MoreAsync(record, DensePerSecond / 10);
            starts.Add(await player.PlayAsync($"Range: clock={Clock(DateTimeOffset.UtcNow.AddSeconds(-1))}-"));
        }
        await MoreAsync(record, DensePerSecond / 10);
        AssertOneRow(receiver.Stop()[0].Packets, record, starts);
    }

    private static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);

    // To the second, then the fraction, which may have more digits than .NET reads.
    private static DateTimeOffset Parse(string range)
    {
        var parts = range["clock=".Length..].TrimEnd('-').TrimEnd('Z').Split('.');
        return DateTimeOffset.ParseExact(parts[0], "yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
            .AddSeconds(parts.Length > 1 ? double.Parse("0." + parts[1], CultureInfo.InvariantCulture) : 0);
    }

    private static Task MoreAsync(PortRecord record, int packets)
    {
        var wanted = record.Count + packets;
        return Eventually.TrueAsync($"{packets} packets more", s_bound, () => Task.FromResult(record.Count >= wanted), record.ToString);
    }

    // Nothing for as long as two trains take.
    private static async Task StillAsync(PortRecord record)
    {
        var (count, since) = (-1, DateTime.UtcNow);
        bool IsStill()
        {
            if (record.Count != count)
                (count, since) = (record.Count, DateTime.UtcNow);
            return DateTime.UtcNow - since > TimeSpan.FromMilliseconds(100);
        }
        await Eventually.TrueAsync("silence", s_bound, IsStill);
    }

    // RFC 3550 §5.1: one source, numbers without a hole, timestamps that never fall; and each start where RTP-Info said.
    private static void AssertOneRow(IReadOnlyList<ReceivedPacket> packets, PortRecord record, List<PlayStart> starts)
    {
        Assert.Single(record.Ssrcs);
        for (var i = 1; i < packets.Count; i++)
        {
            Assert.True((ushort)(packets[i].Sequence - packets[i - 1].Sequence) == 1, $"packet {i}: {packets[i - 1].Sequence} then {packets[i].Sequence}");
            Assert.True((int)(packets[i].Timestamp - packets[i - 1].Timestamp) >= 0, $"packet {i}: timestamps fall");
        }
        Assert.All(starts, start => Assert.True(At(packets, start) >= 0, $"{start} is not there"));
    }

    // The packet that RTP-Info promised.
    private static int At(IReadOnlyList<ReceivedPacket> packets, PlayStart start)
    {
        for (var i = 0; i < packets.Count; i++)
            if (packets[i].Sequence == start.Sequence && packets[i].Timestamp == start.Timestamp)
                return i;
        return -1;
    }

    private static void AssertFollows(IReadOnlyList<ReceivedPacket> packets, int from, int to)
    {
        for (var i = from + 1; i <= to; i++)
            Assert.True(packets[i].Index == packets[i - 1].Index + 1, $"packet {i} is {packets[i].Index}, behind {packets[i - 1].Index}");
    }
}
