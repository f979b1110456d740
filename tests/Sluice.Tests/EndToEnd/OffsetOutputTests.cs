using System.Net;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// The published binary with a live channel that goes on at 0, 5 and 12 seconds while its input still runs, to hosts and to a group: the same
/// packets, whole, the same hole, and each so long after the live one.
/// </summary>
[Collection(QuietMachine.Name)]
public class OffsetOutputTests
{
    private const int PacketsPerSecond = 500;
    private const double MsNs = 1e6;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(40);
    private static readonly IPAddress s_group = IPAddress.Parse("239.77.5.1");

    [Fact]
    public async Task TheStreamGoesOnAtEachOffsetPacketForPacketAndHoleForHole()
    {
        var ports = FreePorts.Pairs(4);
        var groupPort = FreePorts.Pair();
        using var receiver = new RtpReceiver(ports);
        using var group = new RtpReceiver([groupPort], group: s_group);
        using var stalls = new StallWatch();
        JsonNode[] outputs = [Output(ports[0], null), Output(ports[1], "5s"), Output(ports[2], "12s"), Output(groupPort, "5s", $"{s_group}", "?iface=lo")];
        await using var engine = await EngineRig.StartAsync(new EnginePlan
        {
            StorePath = TestFolder.Create("offset"),
            Change = root => root["channels"]![EngineRig.Channel]!["outputs"] = new JsonArray(outputs),
        });
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond));
        var (live, moved) = (receiver.Records[0], receiver.Records[3]);
        await CameAsync(live, 3 * PacketsPerSecond);

        // Added, moved and removed while all runs.
        var added = await AddAsync(engine, Output(ports[3], "2s"));
        await CameAsync(moved, PacketsPerSecond);
        await RemoveAsync(engine, added);
        added = await AddAsync(engine, Output(ports[3], "3s"));
        await CameAsync(moved, moved.Count + PacketsPerSecond);
        await RemoveAsync(engine, added);
        var (sent, liveThen) = (sender.Sent, live.Count);
        sender.IsSilent = true;
        await Eventually.TrueAsync("a hole of three seconds", s_bound, () => sender.Sent >= sent + 3 * PacketsPerSecond);
        sender.IsSilent = false;
        var whole = moved.Count;
        var last = receiver.Records[2];
        await Eventually.TrueAsync("the hole at 12 s", s_bound, () => Task.FromResult(last.Count > Hole(last.Packets) + PacketsPerSecond), last.ToString);
        Assert.True(live.Count > liveThen + PacketsPerSecond && moved.Count == whole, "what was removed got more");
        sender.Stop();
        receiver.Stop();
        group.Stop();

        AssertOffset(receiver.Records[1].Packets, live, 5, stalls);
        AssertOffset(receiver.Records[2].Packets, live, 12, stalls);
        AssertOffset(group.Records[0].Packets, live, 5, stalls);
        var back = Enumerable.Range(1, moved.Count - 1).First(i => moved.Packets[i].Index < moved.Packets[i - 1].Index);
        AssertLags(moved.Packets.Take(back), live, 2, stalls);
        AssertLags(moved.Packets.Skip(back), live, 3, stalls);
        Assert.False(receiver.WasTheLimit || group.WasTheLimit);
    }

    // The packet behind the hole; as good as never while there is none.
    private static int Hole(IReadOnlyList<ReceivedPacket> packets)
    {
        for (var i = packets.Count - 1; i > 0; i--)
            if (packets[i].Index - packets[i - 1].Index >= 3 * PacketsPerSecond)
                return i;
        return int.MaxValue - PacketsPerSecond;
    }

    private static void AssertOffset(IReadOnlyList<ReceivedPacket> packets, PortRecord live, int offsetSeconds, StallWatch stalls)
    {
        // A packet's stamp holds a checksum of its whole payload: the same index with a stamp is the same bytes.
        Assert.DoesNotContain(packets, packet => packet.Index == ReceivedPacket.NoIndex);
        int[] indexes = [.. packets.Select(packet => packet.Index)];
        Assert.Equal(indexes.Order().Distinct(), indexes);
        // What was due while the machine stood still for longer than packets may be late is lost on whichever of them it was due.
        var liveIndexes = live.Packets.Select(packet => packet.Index).Where(index => index <= indexes[^1]).ToArray();
        var different = liveIndexes.Except(indexes).Count() + indexes.Except(liveIndexes).Count();
        Assert.True(different <= 2 * stalls.Stalled.TotalSeconds * PacketsPerSecond,
            $"{different} packets at one only; the machine stood still for {stalls.Stalled}");
        var (hole, liveHole) = (Hole(packets), Hole(live.Packets));
        Assert.Equal(live.Packets[liveHole].Index, packets[hole].Index);
        Assert.Equal(live.Packets[liveHole - 1].Index, packets[hole - 1].Index);
        Assert.InRange(packets[hole].Index - packets[hole - 1].Index, 3 * PacketsPerSecond, 5 * PacketsPerSecond);
        var firstMs = (packets[0].ArrivalNs - live.Packets[0].ArrivalNs) / MsNs - offsetSeconds * 1_000;
        Assert.InRange(firstMs, -20 - stalls.LongestMs, 20 + stalls.LongestMs);
        AssertLags(packets, live, offsetSeconds, stalls);
    }

    private static void AssertLags(IEnumerable<ReceivedPacket> packets, PortRecord live, int offsetSeconds, StallWatch stalls)
    {
        var arrivals = live.Packets.ToDictionary(packet => packet.Index, packet => packet.ArrivalNs);
        double[] errorsMs = [.. packets.Where(packet => arrivals.ContainsKey(packet.Index))
            .Select(packet => Math.Abs((packet.ArrivalNs - arrivals[packet.Index]) / MsNs - offsetSeconds * 1_000)).Order()];
        Assert.True(errorsMs.Length > PacketsPerSecond / 2, $"{errorsMs.Length} packets at {offsetSeconds} s");
        var (p50, p99) = (errorsMs[errorsMs.Length / 2], errorsMs[(int)(errorsMs.Length * 0.99)]);
        Assert.True(p50 <= 5 && p99 <= 5 + stalls.LongestMs,
            $"{offsetSeconds} s is missed by {p50:F2} ms, p99 {p99:F2}; the machine stood still for {stalls.LongestMs:F1}");
    }

    private static JsonObject Output(int port, string? offset, string host = "127.0.0.1", string query = "")
    {
        var output = new JsonObject { ["to"] = $"rtp://{host}:{port}{query}", ["delay"] = "0s" };
        if (offset is not null)
            output["offset"] = offset;
        return output;
    }

    private static Task CameAsync(PortRecord record, int packets) =>
        Eventually.TrueAsync($"{packets} packets", s_bound, () => Task.FromResult(record.Count >= packets), record.ToString);

    private static async Task<string> AddAsync(EngineRig engine, JsonObject output)
    {
        using var response = await engine.Sluice.PostAsync($"/api/channels/{EngineRig.Channel}/clients", output);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!["id"]!.GetValue<string>();
    }

    private static async Task RemoveAsync(EngineRig engine, string id)
    {
        using var response = await engine.Sluice.DeleteAsync($"/api/clients/{id}");
        Assert.True(response.IsSuccessStatusCode);
    }
}
