using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store;

public class StoreCursorTests
{
    private const long Segment = 64 << 10;
    private static readonly MonotonicTime Now = TempStore.Start;

    [Fact]
    public void FollowsTheWriterOverSegmentsAndMissesNothing()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        using var cursor = new StoreCursor(store);
        Assert.False(cursor.TrySeek(0, atAccessPoint: false));
        TempStore.Write(store, 0, 10, Now);
        Assert.True(cursor.TrySeek(TempStore.MetaOf(0).DeliveryWallNs, atAccessPoint: false));
        var next = 0UL;
        for (ulong written = 10; written < 2_000; written += 10)
        {
            for (; cursor.TryNext(out var record) == CursorStatus.Record; next++)
                TempStore.AssertIs(next, record.Meta, record.Payload);
            Assert.Equal(written, next);
            TempStore.Write(store, written, 10, Now);
        }
        Assert.True(store.Shown.Count > 3);
    }

    // Each of two thousand instants, in segments that are sealed and in the one that is written, between records and at them.
    [Fact]
    public void BeginsAtTheFirstRecordAtOrAfterTheInstant()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        TempStore.Write(store, 0, 1_000, Now);
        using var cursor = new StoreCursor(store);
        for (ulong wanted = 0; wanted < 1_000; wanted++)
        {
            AssertBegins(cursor, TempStore.MetaOf(wanted).DeliveryWallNs, atAccessPoint: false, wanted);
            AssertBegins(cursor, TempStore.MetaOf(wanted).DeliveryWallNs - 1, atAccessPoint: false, wanted);
        }
        AssertBegins(cursor, 0, atAccessPoint: false, 0);
        Assert.True(cursor.TrySeek(TempStore.MetaOf(1_000).DeliveryWallNs, atAccessPoint: false));
        Assert.Equal(CursorStatus.AtEnd, cursor.TryNext(out _));
        TempStore.Write(store, 1_000, 1, Now);
        Assert.Equal(CursorStatus.Record, cursor.TryNext(out var record));
        Assert.Equal(1_000UL, record.Meta.FeedSequence);
    }

    // Access points come every ten records, so that the index, with one a stride, leaves most of them out.
    [Fact]
    public void BeginsAtTheNewestAccessPointAtOrBeforeTheInstant()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        TempStore.Write(store, 5, 1_000, Now);
        using var cursor = new StoreCursor(store);
        for (ulong wanted = 5; wanted < 1_005; wanted++)
            AssertBegins(cursor, TempStore.MetaOf(wanted).DeliveryWallNs, atAccessPoint: true, Math.Max(10, wanted / 10 * 10));
        AssertBegins(cursor, 0, atAccessPoint: true, 10);
        AssertBegins(cursor, long.MaxValue, atAccessPoint: true, 1_000);
    }

    [Fact]
    public void AChannelWithoutAccessPointsBeginsAtItsOldestRecord()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        for (ulong i = 0; i < 500; i++)
            store.Append(TempStore.MetaOf(i) with { Flags = RecordFlags.None }, TempStore.PayloadOf(i), Now);
        store.Flush(Now);
        using var cursor = new StoreCursor(store);
        AssertBegins(cursor, TempStore.MetaOf(300).DeliveryWallNs, atAccessPoint: true, 0);
    }

    [Fact]
    public void SaysWhatTimeIsHeld()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 3 * Segment });
        Assert.False(store.TryGetHeld(out _, out _));
        for (ulong i = 0; i < 3_000; i += 50)
        {
            TempStore.Write(store, i, 50, Now);
            store.Maintain(Now);
        }
        Assert.True(store.TryGetHeld(out var oldestNs, out var newestNs));
        var first = temp.ReadAll()[0];
        Assert.True(first > 1_000);
        Assert.Equal((TempStore.MetaOf(first).DeliveryWallNs, TempStore.MetaOf(2_999).DeliveryWallNs), (oldestNs, newestNs));
    }

    [Fact]
    public void ACursorThatTheWindowPassedIsToldOfTheGap()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 3 * Segment });
        TempStore.Write(store, 0, 50, Now);
        using var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        for (ulong i = 50; i < 3_000; i += 50)
        {
            TempStore.Write(store, i, 50, Now);
            store.Maintain(Now);
        }
        Assert.Equal(CursorStatus.Gap, cursor.TryNext(out _));
        Assert.Equal(CursorStatus.Record, cursor.TryNext(out var record));
        Assert.Equal(store.Shown[0].Range.FirstSequence, record.Meta.FeedSequence);
    }

    [Fact]
    public void NothingIsAllocatedWithinASegment()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { SegmentBytes = 1 << 20 });
        TempStore.Write(store, 0, 4_000, Now);
        using var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        Assert.Equal(CursorStatus.Record, cursor.TryNext(out _));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var records = 1;
        while (cursor.TryNext(out _) == CursorStatus.Record)
            records++;
        var after = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal((4_000, before), (records, after));
    }

    // In turn, a few records each, as the replay thread reads: what one had read ahead is gone when it has its turn again.
    [Fact]
    public void CursorsThatShareABufferEachGetTheirOwn()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { SegmentBytes = 256 << 10 });
        TempStore.Write(store, 0, 3_000, Now);
        var buffer = new ReadBuffer();
        var cursors = Enumerable.Range(0, 5).Select(_ => new StoreCursor(store)).ToArray();
        var next = new ulong[] { 0, 7, 500, 501, 1_700 };
        for (var i = 0; i < cursors.Length; i++)
        {
            Assert.True(cursors[i].TrySeek(TempStore.MetaOf(next[i]).DeliveryWallNs, atAccessPoint: false));
            cursors[i].ReadInto(buffer);
        }
        for (var turn = 0; next.Any(at => at < 3_000); turn++)
            for (var i = 0; i < cursors.Length; i++)
                for (var n = 0; n <= (turn + 3 * i) % 40 && cursors[i].TryNext(out var record) == CursorStatus.Record; n++, next[i]++)
                    TempStore.AssertIs(next[i], record.Meta, record.Payload);
        Assert.All(cursors, cursor => Assert.Equal(CursorStatus.AtEnd, cursor.TryNext(out _)));
        foreach (var cursor in cursors)
            cursor.Dispose();
    }

    // A disk that cannot read a stretch: gaps there, everything before and most of what is behind comes.
    [Theory, InlineData(false), InlineData(true)]
    public void WhatCannotBeReadIsAGapAndTheRestIsRead(bool isSealed)
    {
        using var temp = new TempStore();
        var faults = new FaultyDisk { ReadErrno = Errno.EIO, ReadFaultOffset = 100_000, ReadFaultBytes = 4_096 };
        using var store = temp.Open(temp.Options with { Disk = faults, SegmentBytes = 1 << 20 });
        TempStore.Write(store, 0, isSealed ? 6_000 : 2_000, Now);
        using var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        var (read, gaps) = ReadOn(cursor);
        Assert.Equal(TempStore.Indexes(0, 200), read[..200]);
        Assert.InRange(read.Count, (isSealed ? 6_000 : 2_000) - 100, (isSealed ? 6_000 : 2_000) - 10);
        Assert.InRange(gaps, 1, 8);
        Assert.Equal((gaps, 0, Errno.EIO), (store.Counters.ReadsFailed, store.Counters.RecordsHarmed, (int)store.Counters.ReadErrno));
    }

    [Fact]
    public void ADiskThatReadsNothingGivesUpSoonAndIsReadAgainWhenItCan()
    {
        using var temp = new TempStore();
        var faults = new FaultyDisk();
        using var store = temp.Open(temp.Options with { Disk = faults, SegmentBytes = 1 << 20 });
        TempStore.Write(store, 0, 20_000, Now);
        using var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        Assert.Equal(200, ReadOn(cursor, recordsMax: 200).Read.Count);
        faults.ReadErrno = Errno.EIO;
        var (read, gaps) = ReadOn(cursor);
        Assert.InRange(read.Count, 0, 100); // what was read ahead
        Assert.InRange(gaps, 1, 60);
        faults.ReadErrno = 0;
        TempStore.Write(store, 20_000, 50, Now);
        Assert.Contains(20_049UL, ReadOn(cursor).Read);
    }

    [Fact]
    public void HarmedRecordsAreAGapAndNeverServed()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { SegmentBytes = 1 << 20 });
        TempStore.Write(store, 0, 2_000, Now);
        using (var file = File.OpenWrite(store.Shown[0].Path))
        {
            file.Position = 200_000;
            file.Write(new byte[600]);
        }
        using var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        var (read, gaps) = ReadOn(cursor);
        Assert.Equal(1, gaps);
        Assert.InRange(read.Count, 1_900, 1_999);
        Assert.Equal(1, store.Counters.RecordsHarmed);
    }

    // Cut, deleted and made unreadable by somebody while it is read: the cursor goes on behind it.
    [Theory, InlineData("cut"), InlineData("deleted"), InlineData("emptied")]
    public void FilesThatSomebodyHarmsAreAGap(string how)
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        TempStore.Write(store, 0, 1_000, Now);
        using var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        Assert.Equal(50, ReadOn(cursor, recordsMax: 50).Read.Count);
        var second = store.Shown[1];
        if (how == "deleted")
            File.Delete(second.Path);
        else
            using (var file = File.OpenWrite(second.Path))
                file.SetLength(how == "cut" ? 30_000 : 0);
        var (read, gaps) = ReadOn(cursor);
        Assert.InRange(gaps, 1, 12);
        Assert.Contains(store.Shown[2].Range.FirstSequence, read);
        Assert.Equal(999UL, read[^1]);
        store.Maintain(Now); // the patrol says what is left
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        Assert.Equal(999UL, ReadOn(cursor).Read[^1]);
    }

    private static void AssertBegins(StoreCursor cursor, long wallNs, bool atAccessPoint, ulong expected)
    {
        Assert.True(cursor.TrySeek(wallNs, atAccessPoint));
        Assert.Equal(CursorStatus.Record, cursor.TryNext(out var record));
        Assert.Equal(expected, record.Meta.FeedSequence);
    }

    // Every record is checked against what was written, and that they only ever go up.
    private static (List<ulong> Read, int Gaps) ReadOn(StoreCursor cursor, int recordsMax = int.MaxValue)
    {
        var (read, gaps) = (new List<ulong>(), 0);
        while (read.Count < recordsMax && cursor.TryNext(out var record) is not CursorStatus.AtEnd and var status)
        {
            if (status == CursorStatus.Gap)
            {
                Assert.True(++gaps < 1_000, "gaps without an end");
                continue;
            }
            TempStore.AssertIs(record.Meta.FeedSequence, record.Meta, record.Payload);
            Assert.True(read.Count == 0 || record.Meta.FeedSequence > read[^1]);
            read.Add(record.Meta.FeedSequence);
        }
        return (read, gaps);
    }
}
