using Sluice.Flow;
using Sluice.Linux;
using Sluice.Store;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Store;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Flow.Replay;

/// <summary>Loops of a stretch of a channel: pinned in the store, while the channel goes on and its window moves away.</summary>
public class LoopRangeTests
{
    private const long Segment = 64 << 10, Second = 1_000_000_000;
    private const long WallNs = 1_700_000_000 * Second;

    [Theory, InlineData(50, 60), InlineData(3.4, 8.9), InlineData(-100, 2), InlineData(58.9, 1_000)]
    public async Task AStretchLoopsFromAccessPointToAccessPoint(double from, double to)
    {
        using var temp = new TempStore();
        using var store = await KeptAsync(temp, temp.Options);
        Assert.True(StoredRange.TryOpen(store, new PinBudget(1L << 30), At(from), At(to), out var range, out var fault), fault);
        using var loop = LoopSource.Of(range, turns: 5);
        var sent = Drain(loop);
        var seconds = Math.Floor(Math.Min(to, 59.99)) - Math.Floor(Math.Max(from, 0));
        Assert.InRange(loop.Progress.PeriodNs / 1e9, seconds - 1, seconds + 1.05);
        Assert.Equal(0, loop.Progress.PeriodNs % 40_000_000);
        Assert.Equal((5L, null), (loop.Progress.Turn, loop.Progress.Fault));
        Assert.InRange((sent[^1].MediaNs - sent[0].MediaNs) / 1e9, 5 * loop.Progress.PeriodNs / 1e9 - 0.1, 5 * loop.Progress.PeriodNs / 1e9);
    }

    [Fact]
    public async Task TheWindowMovesAwayAndTheLoopStays()
    {
        using var temp = new TempStore();
        using var store = await KeptAsync(temp, temp.Options with { ChannelBytesMax = 160 * Segment });
        var budget = new PinBudget(1L << 30);
        Assert.True(StoredRange.TryOpen(store, budget, At(50), At(58), out var range, out var fault), fault);
        var (begin, bytes) = (range.BeginWallNs, range.Bytes);
        Assert.Equal(bytes, budget.Taken);
        using (var loop = LoopSource.Of(range, turns: 4))
        {
            Drain(loop, until: 2);
            await ImportAsync(store);
            await ImportAsync(store);
            Assert.True(store.TryGetHeld(out var oldest, out _) && oldest > At(60), "the window has not moved on");
            var after = Drain(loop);
            Assert.InRange(after.Count, 2 * 8 * 100, 3 * 8 * 130);
            Assert.Equal((4L, null), (loop.Progress.Turn, loop.Progress.Fault));
        }
        Assert.Equal(0, budget.Taken);
        Assert.False(StoredRange.TryOpen(store, budget, begin - 20 * Second, begin, out _, out fault));
        Assert.Contains("no two random access points", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MoreThanMayBeKeptIsRefusedAndNothingStaysTaken()
    {
        using var temp = new TempStore();
        using var store = await KeptAsync(temp, temp.Options);
        var budget = new PinBudget(20 * Segment);
        Assert.False(StoredRange.TryOpen(store, budget, At(10), At(50), out _, out var fault));
        Assert.StartsWith("it would keep more of the store than loops may, 1 MiB in all", fault, StringComparison.Ordinal);
        Assert.Equal(0, budget.Taken);
        Assert.True(StoredRange.TryOpen(store, budget, At(10), At(14), out var range, out fault), fault);
        Assert.False(StoredRange.TryOpen(store, budget, At(20), At(24), out _, out _));
        range.Dispose();
        range.Dispose();
        Assert.Equal(0, budget.Taken);
    }

    [Fact]
    public async Task WhatSomebodyHarmedIsLeftOutAndTold()
    {
        using var temp = new TempStore();
        using var store = await KeptAsync(temp, temp.Options);
        Assert.True(StoredRange.TryOpen(store, new PinBudget(1L << 30), At(20), At(24), out var range, out var fault), fault);
        using var loop = LoopSource.Of(range, turns: 2);
        var middle = store.Shown.First(segment => segment.Header.CreatedWallNs > At(22));
        using (var file = File.OpenWrite(middle.Path))
        {
            file.Position = SegmentHeader.PageBytes + 10_000;
            file.Write(new byte[100]);
        }
        var holes = 0;
        ReplayPacket last = default;
        for (var i = 0; loop.TryNext(out var packet, out _) == ReplayStatus.Packet; i++, last = packet)
            holes += i > 0 && packet.Sequence != last.Sequence + 1 ? 1 : 0;
        Assert.Equal((2, 2L, 2L, null), (holes, store.Counters.RecordsHarmed, loop.Progress.Turn, loop.Progress.Fault));
    }

    [Fact]
    public void AnEmptyChannelIsToldSo()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        Assert.False(StoredRange.TryOpen(store, new PinBudget(1 << 30), 0, At(50), out _, out var fault));
        Assert.Equal("nothing is kept yet", fault);
    }

    private static long At(double seconds) => WallNs + (long)(seconds * Second);

    // The clip has a key picture a second and is 60 s long.
    private static async Task<ChannelStore> KeptAsync(TempStore temp, StoreOptions options)
    {
        var store = temp.Open(options);
        await ImportAsync(store);
        return store;
    }

    private static async Task ImportAsync(ChannelStore store)
    {
        using var file = File.OpenRead(await TestClip.PathAsync());
        Assert.True(TsTimeline.TryRead(file, _ => { }, out var timeline, out var wrong), wrong);
        file.Position = 0;
        Assert.True(TsImport.Run(store, file, timeline, Math.Max(WallNs, TsImport.EndOf(store).WallNs), _ => { }, default) > 0);
        store.Maintain(new MonotonicTime(SystemClock.Now.Ns));
    }

    private static List<ReplayPacket> Drain(LoopSource loop, long until = long.MaxValue)
    {
        var (sent, check) = (new List<ReplayPacket>(), new TsStreamCheck());
        while (loop.Progress.Turn <= until && loop.TryNext(out var packet, out var payload) == ReplayStatus.Packet)
        {
            check.Take(payload);
            if (sent.Count > 0)
            {
                Assert.True(packet.MediaNs >= sent[^1].MediaNs, "time falls");
                Assert.Equal(sent[^1].Sequence + 1, packet.Sequence);
            }
            Assert.True(sent.Count > 0 || payload.Length % TsPacket.Size == 0);
            sent.Add(packet);
        }
        Assert.Equal((0, 0, 0), (check.BadPackets, check.ContinuityErrors, check.Left));
        return sent;
    }
}
