using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store;

/// <summary>What a record that was taken in is said to have reached.</summary>
public class AckTests
{
    private static readonly MonotonicTime Now = TempStore.Start;

    [Fact]
    public void ARecordGoesFromMemoryToWrittenToDurable()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { SyncEveryNs = 1_000 });
        store.Append(TempStore.MetaOf(0), TempStore.PayloadOf(0), Now);
        Assert.Equal([AckState.Reached, AckState.Pending, AckState.Pending], States(store, 1));
        store.Flush(Now);
        Assert.Equal([AckState.Reached, AckState.Reached, AckState.Pending], States(store, 1));
        store.Sync(Now);
        Assert.Equal([AckState.Reached, AckState.Reached, AckState.Reached], States(store, 1));
        Assert.Equal([AckState.Pending, AckState.Pending, AckState.Pending], States(store, 2));
    }

    [Theory]
    [InlineData(AckLevel.Memory, 1_000_000_000, AckState.Pending, AckState.Pending)]
    [InlineData(AckLevel.Written, 1_000_000_000, AckState.Reached, AckState.Pending)]
    [InlineData(AckLevel.Durable, 0, AckState.Reached, AckState.Reached)]
    public void APassBringsRecordsAsFarAsTheLevelSays(AckLevel level, long syncNs, AckState written, AckState durable)
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { Level = level, SyncEveryNs = syncNs });
        store.Pass(Now, 1);
        for (ulong i = 0; i < 3; i++)
            store.Append(TempStore.MetaOf(i), TempStore.PayloadOf(i), Now);
        store.Pass(Now + 1, 1);
        Assert.Equal([AckState.Reached, written, durable], States(store, 3));
        store.Pass(Now + StoreLimits.MemoryNsMax + 1, 1);
        Assert.Equal(AckState.Reached, store.Acks.StateOf(3, AckLevel.Written));
    }

    [Fact]
    public void WithoutSyncsNothingIsEverDurable()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        TempStore.Write(store, 0, 10, Now);
        Assert.Equal(0, store.Sync(Now)); // the data are, the name of the file need not be
        Assert.Equal([AckState.Reached, AckState.Reached, AckState.Pending], States(store, 10));
    }

    [Fact]
    public void WhatFailsToBeWrittenIsLostAtBothLevels()
    {
        using var temp = new TempStore();
        var disk = new FaultyDisk();
        using var store = temp.Open(temp.Options with { Disk = disk, SyncEveryNs = 1_000 });
        TempStore.Write(store, 0, 5, Now);
        disk.WriteErrno = Errno.EIO;
        TempStore.Write(store, 5, 5, Now);
        disk.WriteErrno = 0;
        TempStore.Write(store, 10, 5, Now + StoreLimits.RetryNsMax);
        store.Sync(Now + StoreLimits.RetryNsMax);
        Assert.All(Enumerable.Range(6, 5), record => Assert.Equal([AckState.Reached, AckState.Lost, AckState.Lost], States(store, record)));
        Assert.All(Enumerable.Range(11, 5), record => Assert.Equal([AckState.Reached, AckState.Reached, AckState.Reached], States(store, record)));
    }

    [Fact]
    public void WhatAFailedSyncLeavesInDoubtIsNeverDurable()
    {
        using var temp = new TempStore();
        var disk = new FaultyDisk();
        using var store = temp.Open(temp.Options with { Disk = disk, SyncEveryNs = 1_000 });
        TempStore.Write(store, 0, 3, Now);
        store.Sync(Now);
        TempStore.Write(store, 3, 3, Now);
        disk.SyncErrno = Errno.EIO;
        store.Sync(Now);
        disk.SyncErrno = 0;
        TempStore.Write(store, 6, 3, Now);
        store.Sync(Now);
        Assert.Equal([AckState.Reached, AckState.Lost, AckState.Reached],
            new long[] { 3, 4, 9 }.Select(record => store.Acks.StateOf(record, AckLevel.Durable)));
        Assert.Equal(3, store.Counters.RecordsAtRisk);
        Assert.Equal(AckState.Reached, store.Acks.StateOf(4, AckLevel.Written));
    }

    [Fact]
    public void AFileWhoseNameCannotBeMadeDurableIsNotUsed()
    {
        using var temp = new TempStore();
        var disk = new FaultyDisk { DirectoryErrno = Errno.EIO };
        Assert.False(ChannelStore.TryOpen(temp.Options with { Disk = disk, Level = AckLevel.Durable }, TempStore.Channel, out _, out var problem));
        Assert.Equal(Errno.EIO, problem.ErrorNumber);
        disk.DirectoryErrno = 0;
        using var store = temp.Open(temp.Options with { Disk = disk, Level = AckLevel.Durable });
    }

    // More losses than the book has lines for: what it says may be too dark, never too bright.
    [Fact]
    public void ABookOfManyLossesNeverSaysReachedOfALostRecord()
    {
        var book = new AckBook();
        var lost = new HashSet<long>();
        var random = new Random(4);
        for (var n = 0; n < 2_000; n++)
        {
            book.Append();
            if (random.Next(5) == 0)
            {
                lost.Add(book.Appended);
                book.LoseUnwritten(1);
            }
            else
                book.Write(1);
            if (random.Next(3) == 0)
                book.Sync();
        }
        book.Sync();
        Assert.All(lost, record => Assert.Equal(AckState.Lost, book.StateOf(record, AckLevel.Durable)));
        Assert.Contains(Enumerable.Range(1_500, 500), record => book.StateOf(record, AckLevel.Durable) == AckState.Reached);
    }

    private static AckState[] States(ChannelStore store, long record) => [.. Enum.GetValues<AckLevel>().Select(level => store.Acks.StateOf(record, level))];
}
