using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sluice.Store;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;
using Sluice.Tests.Store;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// The published binary while its disk fails, fills, and loses files: it lives, live loses nothing, the alarm is up, what is kept
/// afterwards is right, and an output at an offset has at most a gap and goes on.
/// </summary>
[Collection(QuietMachine.Name)]
public class StoreTroubleTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    // What the kernel answers is replaced by strace: the calls of these numbers fail, then all is well again.
    [Theory]
    [InlineData("fdatasync", "3..6", "store-error")]
    [InlineData("pwrite64", "100..104", "store-error")]
    [InlineData("pread64", "200..220", "store-unreadable")]
    public Task AnErrorOfTheDiskLeavesLiveAlone(string call, string when, string alarm) => TroubleAsync(
        new EnginePlan
        {
            StorePath = TestFolder.Create("bad-disk"),
            ShellBefore = $"exec strace -D -f -qq -o /dev/null --seccomp-bpf -e trace={call} -e inject={call}:error=EIO:when={when} \"$0\" run \"$1\"; true",
        },
        alarm, (_, _) => Task.CompletedTask, losesKept: call == "pread64");

    [Fact]
    public Task FilesThatSomebodyDeletesAndCutsLeaveLiveAlone() => TroubleAsync(
        new EnginePlan { StorePath = TestFolder.Create("harmed") }, "store-harmed", async (folder, _) =>
        {
            await Eventually.TrueAsync("some segments", s_bound, () => Segments(folder).Length >= 4);
            File.Delete(Segments(folder)[0]);
            using (var cut = File.OpenWrite(Segments(folder)[1]))
                cut.SetLength(100_000);
            using (var written = File.OpenWrite(Segments(folder)[^1]))
                written.SetLength(0);
            File.SetUnixFileMode(Segments(folder)[2], UnixFileMode.None);
        }, losesKept: true);

    [Fact]
    public async Task ADiskThatFillsAndIsFreedIsUsedAgain()
    {
        Assert.True(Environment.IsPrivilegedProcess, "A small file system of its own needs root; run the tests as root.");
        var folder = TestFolder.Create("small-disk");
        await TroubleAsync(
            new EnginePlan { StorePath = folder, ShellBefore = $"mount -t tmpfs -o size=4m none {folder}" }, "store-short", async (_, engine) =>
            {
                var pid = engine.Sluice.Child.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture);
                await Eventually.TrueAsync("the alarm", s_bound, () => HasAlarmAsync(engine, "store-short"));
                SmallDisk.Run("nsenter", "-t", pid, "-m", "mount", "-o", "remount,size=128m", folder);
                await Eventually.TrueAsync("no alarm any more", s_bound, async () => !await HasAlarmAsync(engine, "store-short"));
                Assert.Equal(64L << 20, (await KeptAsync(engine))["diskBytes"]!.GetValue<long>());
            }, isOver: true);
    }

    // Byte for byte, over a kill.
    [Fact]
    public async Task WhatWentInComesOutAfterAKill()
    {
        var folder = TestFolder.Create("export");
        var clip = (await File.ReadAllBytesAsync(await TestClip.PathAsync()))[..(1_316 * 1_500)];
        await using (var engine = await EngineRig.StartAsync(new EnginePlan { StorePath = folder, SourceScheme = "udp" }))
        {
            using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            for (var at = 0; at < clip.Length; at += 1_316)
            {
                sender.SendTo(clip.AsSpan(at, 1_316), engine.Source);
                if (at / 1_316 % 4 == 3)
                    await Task.Delay(1);
            }
            await Eventually.TrueAsync("all written", s_bound, async () => (await KeptAsync(engine))["recordsWritten"]!.GetValue<long>() == 1_500);
            var kept = await KeptAsync(engine);
            Assert.True(kept["heldBytes"]!.GetValue<long>() > clip.Length && kept["segments"]!.GetValue<int>() >= 2);
            Assert.True(kept["heldSeconds"]!.GetValue<double>() > 0);
            engine.Sluice.Child.Signal(9);
            await engine.Sluice.Child.WaitForExitAsync(s_bound);
        }
        var target = TestFolder.NewFile("out.ts");
        var (code, output) = await SluiceProcess.RunToEndAsync("store", "export", "--store", folder, "--channel", EngineRig.Channel, target);
        Assert.True(code == 0, output);
        Assert.Equal(clip, await File.ReadAllBytesAsync(target));
    }

    private static async Task TroubleAsync(
        EnginePlan plan, string alarm, Func<string, EngineRig, Task> makeTrouble, bool isOver = false, bool losesKept = false)
    {
        var ports = FreePorts.Pairs(2);
        using var receiver = new RtpReceiver(ports);
        using var stalls = new StallWatch();
        await using var engine = await EngineRig.StartAsync(plan with
        {
            Outputs = [$"rtp://127.0.0.1:{ports[0]}"],
            Change = root => root["channels"]![EngineRig.Channel]!["outputs"]!.AsArray().Add(
                (JsonNode)new JsonObject { ["to"] = $"rtp://127.0.0.1:{ports[1]}", ["offset"] = "2s", ["delay"] = "0s" }),
        });
        stalls.Watch(engine.Sluice.Child.Pid);
        var replay = receiver.Records[1];
        using var sender = new StampedSender(engine.Source, new SendPlan(PacketsPerSecond: 1_000));
        await Eventually.TrueAsync("the stream", s_bound, () => receiver.Records[0].Count > 500);
        await makeTrouble(Path.Combine(plan.StorePath!, EngineRig.Channel), engine);
        if (!isOver)
            await Eventually.TrueAsync($"the alarm {alarm}", s_bound, () => HasAlarmAsync(engine, alarm), () => engine.Sluice.Child.Output.Tail());
        var (live, written) = (receiver.Records[0].Count, (await KeptAsync(engine))["recordsWritten"]!.GetValue<long>());
        await Eventually.TrueAsync("live and kept after it", s_bound, async () => receiver.Records[0].Count > live + 2_000
            && (await KeptAsync(engine))["recordsWritten"]!.GetValue<long>() > written + 1_000);
        var troubledAt = receiver.Records[0].Packets[live - 1].Index;
        await Eventually.TrueAsync("what came after it, at the offset", s_bound,
            () => Task.FromResult(replay.Count > 0 && replay.Packets[replay.Count - 1].Index > troubledAt + 500), replay.ToString);
        receiver.Stop();
        AssertLive(receiver, stalls);
        Assert.True(PortScore.Of(replay) is { Duplicates: 0, OutOfOrder: 0, WithoutStamp: 0 }, PortScore.Of(replay).ToString());
        Assert.True(!losesKept || HasHole(replay), "nothing is missing at the offset: was anything harmed?");
        if (plan.ShellBefore?.StartsWith("mount", StringComparison.Ordinal) != true)
            await AssertInOrderAsync(engine, plan.StorePath!);
    }

    // Nothing is lost but what was due while the whole machine stood still.
    private static void AssertLive(RtpReceiver receiver, StallWatch stalls)
    {
        var score = PortScore.Of(receiver.Records[0]);
        Assert.False(receiver.WasTheLimit, "The receiver itself dropped packets; this run proves nothing.");
        Assert.True(score is { Duplicates: 0, OutOfOrder: 0, WithoutStamp: 0, Received: >= 2_500 } && score.Lost <= stalls.Stalled.TotalMilliseconds,
            $"{score}; the machine stood still for {stalls.Stalled}");
    }

    private static bool HasHole(PortRecord record) =>
        Enumerable.Range(1, record.Count - 1).Any(i => record.Packets[i].Index > record.Packets[i - 1].Index + 1);

    // In order: the process ends as asked, and all that is left can be read.
    private static async Task AssertInOrderAsync(EngineRig engine, string store)
    {
        await engine.Sluice.StopCleanlyAsync();
        var (code, output) = await SluiceProcess.RunToEndAsync("store", "verify", "--store", store);
        Assert.True(code == 0, output);
        using var reader = new ChannelReader(Path.Combine(store, EngineRig.Channel));
        var records = 0;
        while (reader.TryNext(out _))
            records++;
        Assert.True(records > 500 && reader.SegmentsDamaged == 0);
    }

    private static string[] Segments(string folder) => [.. Directory.GetFiles(folder, "*.seg").Order(StringComparer.Ordinal)];

    private static async Task<bool> HasAlarmAsync(EngineRig engine, string code) =>
        (await engine.Sluice.GetAsync("/api/status"))["alarms"]!.AsArray().Any(alarm => alarm!["code"]!.GetValue<string>() == code);

    private static async Task<JsonNode> KeptAsync(EngineRig engine) => (await engine.Sluice.GetAsync("/api/status"))["store"]!["channels"]![0]!;
}
