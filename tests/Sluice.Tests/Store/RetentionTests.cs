using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store;

/// <summary>What is reserved, what is let go, and when.</summary>
public class RetentionTests
{
    private const long Segment = 64 << 10;
    private const long Second = 1_000_000_000;
    private static readonly MonotonicTime Now = TempStore.Start;
    private static readonly long WallNs = TempStore.MetaOf(0).DeliveryWallNs;

    [Fact]
    public void AllSpaceIsTakenAfterOpeningASegmentAPass()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 8 * Segment });
        Assert.False(store.IsReserved);
        Pass(store, 8);
        Assert.True(store.IsReserved);
        Assert.Equal((8 * Segment, 8 * Segment), (store.DiskBytes, OnDisk(temp)));
    }

    [Fact]
    public void WhatIsReservedOutlivesTheProcessAndIsUsedAgain()
    {
        using var temp = new TempStore();
        var options = temp.Options with { ChannelBytesMax = 8 * Segment };
        using (var store = temp.Open(options))
        {
            Pass(store, 8);
            TempStore.Write(store, 0, 100, Now);
        }
        using var again = temp.Open(options);
        Assert.InRange(OnDisk(temp), 7 * Segment, 8 * Segment);
        Pass(again, 8);
        Assert.True(again.IsReserved);
        TempStore.Write(again, 100, 100, Now);
        Assert.Equal(TempStore.Indexes(0, 200), temp.ReadAll());
    }

    [Fact]
    public void AFullDiskCostsAReservedStoreNothing()
    {
        using var disk = new SmallDisk("2m");
        using var temp = disk.Store();
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 8 * Segment });
        Pass(store, 8);
        disk.Fill();
        for (ulong i = 0; i < 10_000; i += 50)
        {
            Assert.Equal(0, TempStore.Write(store, i, 50, Now).Errno);
            store.Maintain(Now);
        }
        Assert.True(store.Counters is { Dropped: 0, SegmentsLostToFullDisk: 0, CreatesFailed: 0, SegmentsRecycled: > 10, Records: 10_000 });
        Assert.InRange(temp.ReadAll().Count, 1_000, 10_000);
    }

    [Fact]
    public void ADiskTooSmallMakesASmallerWindowUntilItIsFreed()
    {
        using var disk = new SmallDisk("1m");
        using var temp = disk.Store();
        disk.Fill();
        disk.FreeSome(400 << 10);
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 8 * Segment });
        Pass(store, 20);
        Assert.True(!store.IsReserved && store.Counters.CreatesFailed > 0);
        Assert.InRange(store.DiskBytes, 2 * Segment, 7 * Segment);
        Assert.Equal(50, TempStore.Write(store, 0, 50, Now).Records);
        disk.Free();
        Pass(store, 20, Now + StoreLimits.RetryNsMax);
        Assert.True(store.IsReserved);
    }

    [Fact]
    public void WhatIsOlderThanTheWindowGoesSegmentBySegment()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 32 * Segment, WindowNs = 4 * Second });
        Pass(store, 32);
        for (ulong i = 0; i < 10_000; i += 50) // a record a millisecond
        {
            TempStore.Write(store, i, 50, Now + (long)i * 1_000_000);
            store.Maintain(Now + (long)i * 1_000_000, WallNs + (long)i * 1_000_000);
        }
        var held = temp.ReadAll();
        Assert.Equal(9_999UL, held[^1]);
        Assert.InRange(held.Count, 4_000 - 550, 4_000 + 1_300); // a sixteenth of the window, what fits a segment, and how often it looks
        Assert.True(store.Counters.SegmentsExpired > 5);
    }

    [Fact]
    public void AnInputThatHasEndedStillGrowsOld()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 8 * Segment, WindowNs = 4 * Second });
        Pass(store, 8);
        TempStore.Write(store, 0, 1_000, Now);
        for (var s = 0; s < 10; s++)
            store.Maintain(Now + s * Second, WallNs + s * Second);
        Assert.Empty(temp.ReadAll());
        Assert.Empty(store.Shown);
        TempStore.Write(store, 1_000, 10, Now + 10 * Second);
        Assert.Equal(TempStore.Indexes(1_000, 10), temp.ReadAll());
    }

    // A file with an old header under a lower number would be taken for a segment that lost its new name.
    [Fact]
    public void NoNumberComesAgainEvenWhenAllSegmentsHaveGone()
    {
        using var temp = new TempStore();
        var options = temp.Options with { ChannelBytesMax = 4 * Segment, WindowNs = 4 * Second };
        ulong last;
        using (var store = temp.Open(options))
        {
            TempStore.Write(store, 0, 1_000, Now);
            last = store.Shown[^1].Header.Number;
            for (var s = 0; s < 10; s++)
                store.Maintain(Now + s * Second, WallNs + s * Second);
            Assert.Empty(store.Shown);
        }
        using var again = temp.Open(options);
        TempStore.Write(again, 1_000, 1, Now);
        Assert.True(again.Shown[0].Header.Number > last);
    }

    // Whoever reads a segment has its bytes for as long as it holds it; others make room meanwhile.
    [Fact]
    public void APinnedSegmentLosesItsNameAndKeepsItsBytes()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 3 * Segment });
        TempStore.Write(store, 0, 50, Now);
        var pinned = store.Shown[0];
        Assert.True(pinned.TryPin());
        Assert.True(SegmentReader.TryOpen(pinned.Path, out var reader, out _));
        using (reader)
        {
            for (ulong i = 50; i < 3_000; i += 50)
            {
                TempStore.Write(store, i, 50, Now);
                store.Maintain(Now);
            }
            Assert.True(pinned.IsRetired && !pinned.TryPin());
            for (ulong i = 0; i < 100; i++)
            {
                Assert.Equal(ReadStatus.Record, reader.TryNext(out var record));
                TempStore.AssertIs(i, record.Meta, record.Payload);
            }
            Assert.Equal(0, pinned.Mapping!.Populate(0, Segment));
        }
        pinned.Unpin();
        Assert.Null(pinned.Mapping);
        Assert.InRange(OnDisk(temp), 0, 3 * Segment);
    }

    [Fact]
    public void FilesThatSomebodyDeletesOrCutsAreMissedAndGoneOnWithout()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 16 * Segment, Level = AckLevel.Durable });
        for (ulong i = 0; i < 1_500; i += 50)
            TempStore.Write(store, i, 50, Now);
        Assert.True(store.Shown.Count >= 4);
        var (deleted, cut, writing) = (store.Shown[0], store.Shown[1], store.Shown[^1]);
        File.Delete(deleted.Path);
        File.WriteAllBytes(cut.Path, File.ReadAllBytes(cut.Path)[..20_000]);
        File.Delete(writing.Path);
        store.Maintain(Now + Second);
        Assert.Equal((2, 1), (store.Counters.SegmentsMissing, store.Counters.SegmentsCut));
        Assert.InRange(cut.EndOffset, 4_096, 20_000);
        Assert.True(SegmentReader.TryOpen(cut.Path, out var reader, out _));
        using (reader)
            Assert.Equal(cut.Range, reader.Seal!.Value.Range);
        Assert.DoesNotContain(deleted, store.Shown);
        Assert.Equal(50, TempStore.Write(store, 2_000, 50, Now + Second).Records);
        Assert.Equal(0, store.Sync(Now + Second));
        Assert.Equal(AckState.Reached, store.Acks.StateOf(store.Acks.Appended, AckLevel.Durable));
        Assert.Equal(2_049UL, temp.ReadAll()[^1]);
        var kept = temp.ReadAll().Count;
        store.Dispose();
        using var again = temp.Open();
        Assert.Equal(kept, temp.ReadAll().Count);
    }

    // Writing on makes the file longer again; the hole must be found all the same.
    [Fact]
    public void ACutFileThatIsWrittenOnIsFoundWhenItsSegmentEnds()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { SyncEveryNs = 1_000 });
        TempStore.Write(store, 0, 150, Now);
        store.Sync(Now);
        using (var cut = File.OpenWrite(store.Shown[0].Path))
            cut.SetLength(20_000);
        for (ulong i = 150; i < 400; i += 50)
        {
            TempStore.Write(store, i, 50, Now);
            store.Sync(Now);
        }
        Assert.Equal(1, store.Counters.SegmentsCut);
        Assert.True(SegmentReader.TryOpen(store.Shown[0].Path, out var reader, out _));
        using (reader)
            Assert.InRange(reader.Seal!.Value.Range.EndOffset, 15_000, 20_000);
        using var all = new ChannelReader(temp.ChannelPath);
        while (all.TryNext(out var record))
            TempStore.AssertIs(record.Meta.FeedSequence, record.Meta, record.Payload);
        Assert.Equal(0, all.SegmentsDamaged);
    }

    private static void Pass(ChannelStore store, int passes, MonotonicTime? at = null)
    {
        for (var i = 0; i < passes; i++)
            store.Maintain(at ?? Now);
    }

    private static long OnDisk(TempStore temp) => Directory.GetFiles(temp.ChannelPath).Sum(file => new FileInfo(file).Length);
}
